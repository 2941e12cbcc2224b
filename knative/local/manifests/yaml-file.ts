import { readFile } from "node:fs/promises";
import { type Document, isNode, LineCounter, parseAllDocuments } from "yaml";
import { isRecord, type KubeObject } from "../cluster/kube-object.ts";
import type { Fault } from "./fault.ts";
import type { Located } from "./load.ts";
import { otherFileReason } from "./other-file.ts";
import { KUBE_YAML, lettersIn } from "./yaml-dialect.ts";

/** A file of a folder that is no manifest, and what it is instead. */
type Skipped = { file: string; reason: string };

/** What is told of files beside faults. */
export type Remarks = { skipped: Skipped[]; doubts: string[] };

/**
 * Objects of one file, in order. Empty documents are left out, a `List` gives its items. With
 * `skipped`, a file that is none of Kubernetes' is put there; without, it is a fault. `doubts` gets
 * what kubectl reads otherwise.
 */
export async function readYamlFile(
  file: string,
  faults: Fault[],
  { isKubeObject = true, skipped, doubts }: { isKubeObject?: boolean } & Partial<Remarks> = {},
): Promise<Located[]> {
  const lines = new LineCounter();
  const text = await readFile(file, "utf8");
  const documents = parseAllDocuments(text, { ...KUBE_YAML, lineCounter: lines }) as Document[];
  const located: Located[] = [];
  const hint = /\{\{.*\}\}/.test(text) ? "; a template has to be rendered first" : "";
  if (skipped !== undefined && documents.every(({ errors }) => errors.length === 0)) {
    const values = documents.map(toValue).filter((value) => value !== null && value !== undefined);
    const reason = otherFileReason(values);
    if (reason !== null) {
      skipped.push({ file, reason });
      return [];
    }
  }
  for (const document of documents) {
    for (const { pos, message } of document.errors) {
      const summary = message.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:$/, "") ?? "";
      faults.push({ file, line: lines.linePos(pos[0]).line, message: `${summary}${hint}` });
    }
    if (document.errors.length > 0) continue;
    for (const { letter, offset } of lettersIn(document)) {
      const { line } = lines.linePos(offset);
      doubts?.push(`${file}:${line}: ${letter} is a boolean to kubectl: put it in quotes`);
    }
    const value = toValue(document);
    if (value instanceof Error) {
      faults.push({ file, line: 1, message: value.message });
      continue;
    }
    if (value === null || value === undefined) continue;
    const lineOf = (path: readonly PropertyKey[]) => lineOfPath(document, lines, path);
    const listed = isKubeObject ? itemsOf(value) : null;
    const items: unknown[] = listed ?? [value];
    items.forEach((item, index) => {
      const root = listed === null ? [] : ["items", index];
      const line = lineOf(root);
      const message = isKubeObject ? objectFault(item) : isRecord(item) ? null : "is not a mapping";
      if (message !== null) faults.push({ file, line, message: `${message}${hint}` });
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
  const { name, generateName } = isRecord(metadata) ? metadata : {};
  if (typeof name === "string" && name !== "") return null;
  if (typeof name === "number" || typeof name === "boolean") {
    return `metadata.name is a ${typeof name}, not text: put it in quotes`;
  }
  if (typeof generateName !== "string") return "needs metadata.name";
  return "needs metadata.name: kubectl apply takes no generateName either";
}

/** Of a `List`, or a list of one kind (`BrokerList`); null for what is none. */
function itemsOf(value: unknown): unknown[] | null {
  if (!isRecord(value) || typeof value["kind"] !== "string") return null;
  const { kind, apiVersion, items } = value;
  if (kind === "List") return Array.isArray(items) ? items : [];
  if (!kind.endsWith("List") || !Array.isArray(items)) return null;
  const own = { apiVersion, kind: kind.slice(0, -"List".length) };
  return items.map((item: unknown) => (isRecord(item) ? { ...own, ...item } : item));
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
