import { counted } from "../../shared/counted.ts";
import type { Counts, Format, Labelled, Written } from "./contract.ts";

/** How one form is written, piece by piece. Only `between` remembers what was before. */
export type Writer = {
  contentType: string;
  begin(about: { scope: string; at: string }): string;
  /** One object by itself: pure, and one flat text that holds on to nothing. */
  item(object: Labelled): string;
  /** What goes in front of the next object. */
  between(next: Written): string;
  /** The counts show a reader that nothing was cut off. */
  end(counts: Counts): string;
};

/** A writer for one answer. Pods come first, in the order of their namespaces; then nodes. */
export function createWriter(format: Format): Writer {
  switch (format) {
    case "text":
      return createTextWriter();
    case "json":
      return createJsonWriter();
    case "ndjson":
      return createNdjsonWriter();
    case "csv":
      return createCsvWriter();
  }
}

/** As the script of the original work wrote it. */
function createTextWriter(): Writer {
  let namespace: string | undefined;
  return {
    contentType: "text/plain; charset=utf-8",
    begin: ({ scope, at }) => `Labels of ${scope}, ${at}\n`,
    item: ({ kind, name, labels }) =>
      ["\n", kind, ": ", name, "\nLABELS: ", joinLabels(labels) || "<none>", "\n"].join(""),
    between(next) {
      if (next.kind === "Node" || next.namespace === namespace) return "";
      namespace = next.namespace;
      return `\nNamespace: ${namespace}\n`;
    },
    end: ({ pods, namespaces, nodes }) =>
      `\n${counted(pods, "pod")} in ${counted(namespaces, "namespace")}, ${counted(nodes, "node")}\n`,
  };
}

function createJsonWriter(): Writer {
  let items = 0;
  return {
    contentType: "application/json; charset=utf-8",
    begin: ({ scope, at }) => `{"scope":${JSON.stringify(scope)},"at":"${at}","items":[`,
    item: (object) => JSON.stringify(object),
    between: () => (items++ === 0 ? "\n" : ",\n"),
    end: (counts) => `\n],"counts":${JSON.stringify(counts)}}\n`,
  };
}

/** One object a line, for readers that take them as they come; the last line has the counts. */
function createNdjsonWriter(): Writer {
  return {
    contentType: "application/x-ndjson; charset=utf-8",
    begin: () => "",
    item: (object) => [JSON.stringify(object), "\n"].join(""),
    between: () => "",
    end: (counts) => `${JSON.stringify({ counts })}\n`,
  };
}

/** RFC 4180: CRLF, a header line, quotes doubled. */
function createCsvWriter(): Writer {
  const line = (cells: readonly string[]): string => [cells.map(toCell).join(","), "\r\n"].join("");
  return {
    contentType: "text/csv; charset=utf-8; header=present",
    begin: () => line(["kind", "namespace", "name", "labels"]),
    item: ({ kind, namespace, name, labels }) => line([kind, namespace, name, joinLabels(labels)]),
    between: () => "",
    end: () => "",
  };
}

/** A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection). */
function toCell(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Sorted by key, so that two scans can be compared line by line. */
function joinLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}
