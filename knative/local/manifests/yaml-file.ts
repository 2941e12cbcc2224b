import { readFile } from "node:fs/promises";
import { type Document, isNode, LineCounter, parseAllDocuments } from "yaml";
import { isRecord, type KubeObject } from "../cluster/kube-object.ts";
import type { Fault } from "./fault.ts";
import type { Located } from "./load.ts";

/** Objects of one file, in order. Empty documents are left out, a `List` gives its items. */
export async function readYamlFile(
  file: string,
  faults: Fault[],
  { isKubeObject = true } = {},
): Promise<Located[]> {
  const lines = new LineCounter();
  const text = await readFile(file, "utf8");
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true });
  const located: Located[] = [];
  for (const document of documents as Document[]) {
    for (const { pos, message } of document.errors) {
      const summary = message.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:$/, "") ?? "";
      faults.push({ file, line: lines.linePos(pos[0]).line, message: summary });
    }
    if (document.errors.length > 0) continue;
    const value = toValue(document);
    if (value instanceof Error) {
      faults.push({ file, line: 1, message: value.message });
      continue;
    }
    if (value === null || value === undefined) continue;
    const lineOf = (path: readonly PropertyKey[]) => lineOfPath(document, lines, path);
    const isList = isRecord(value) && value["kind"] === "List" && Array.isArray(value["items"]);
    const items: unknown[] = isList ? (value["items"] as unknown[]) : [value];
    items.forEach((item, index) => {
      const root = isList ? ["items", index] : [];
      const line = lineOf(root);
      const message = isKubeObject ? objectFault(item) : isRecord(item) ? null : "is not a mapping";
      if (message !== null) faults.push({ file, line, message });
      else {
        const object = withoutNulls(item) as KubeObject;
        located.push({ object, file, line, lineOf: (path) => lineOf([...root, ...path]) });
      }
    });
  }
  return located;
}

/** Aliases that multiply without end are refused by the parser here. */
function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    return error;
  }
}

function objectFault(value: unknown): string | null {
  if (!isRecord(value)) return "is not a mapping";
  for (const key of ["apiVersion", "kind"]) {
    if (typeof value[key] !== "string" || value[key] === "") return `needs ${key}`;
  }
  const { metadata } = value;
  if (!isRecord(metadata) || typeof metadata["name"] !== "string") return "needs metadata.name";
  return null;
}

/** The API server takes a null for an absent field. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

function lineOfPath(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
