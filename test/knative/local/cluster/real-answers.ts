import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";

/** One request of a file of `real-answers/`, and what the real API server answered. */
type Row = {
  name: string;
  method: string;
  /** `{{rv}}` stands for what an earlier row has saved under that name. */
  path: string;
  type?: string;
  accept?: string;
  body?: unknown;
  token?: string;
  /** Other headers; more than one value is joined by a comma. */
  headers?: Record<string, string | string[]>;
  /** What is kept of the answer for later rows: name and place. */
  save?: Record<string, string>;
  /** Places of the answer that are not compared. */
  drop?: string[];
  /** Absent of a row that only changes something for those after it. */
  answer?: Answer;
};

type Answer = { code: number; headers: Record<string, string>; body: unknown };

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const ADDRESSES: ReadonlySet<string> = new Set(["clusterIP", "hostIP", "podIP", "ip"]);

export const readRows = (file: string): Row[] =>
  readFileSync(join(import.meta.dirname, "real-answers", `${file}.jsonl`), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Row);

function textWithoutChance(text: string, key: string): string {
  if (TIME.test(text)) return `<time>${/\.\d+/.exec(text)?.[0].length ?? ""}`;
  if (key === "resourceVersion" && /^\d+$/.test(text)) return "<rv>";
  if (key === "continue" || key === "token") return `<${key}>`;
  if (ADDRESSES.has(key)) return /^\d/.test(text) ? "<ip>" : text;
  return text.replace(UID, "<uid>").replaceAll(/\b10\.\d+\.\d+\.\d+\b/g, "<ip>");
}

/** What differs from server to server is replaced by its name. */
function withoutChance(value: unknown, key = ""): unknown {
  if (typeof value === "string") return textWithoutChance(value, key);
  if (Array.isArray(value)) {
    return value.map((item) => withoutChance(item, key === "clusterIPs" ? "clusterIP" : ""));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, withoutChance(item, name)]);
  return Object.fromEntries(entries);
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((current, name) => Object(current)[name], value);
}

function dropAt(body: unknown, path: string): void {
  const names = path.split(".");
  const parent = at(body, names.slice(0, -1));
  if (typeof parent === "object" && parent !== null) {
    Reflect.deleteProperty(parent, names.at(-1) ?? "");
  }
}

/** Puts each request to the cluster in turn, and tells those that it answers in another way. */
export async function replay(
  cluster: Cluster,
  rows: readonly Row[],
): Promise<{ name: string; real: Answer; ours: Answer }[]> {
  const saved: Record<string, unknown> = {};
  const fill = (text: string): string =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (_match, name: string) => String(saved[name]));
  const others: { name: string; real: Answer; ours: Answer }[] = [];
  for (const {
    name,
    method,
    path,
    type,
    accept,
    body,
    token,
    headers,
    save,
    drop,
    answer,
  } of rows) {
    const given = token === undefined ? null : fill(token);
    const bearer = given === null || /^(Bearer|Basic)/.test(given) ? given : `Bearer ${given}`;
    const response = await fetch(`${cluster.url}${fill(path).replaceAll(" ", "%20")}`, {
      method,
      headers: {
        accept: accept ?? "application/json",
        // The field manager where none is named.
        "user-agent": "cmp/1",
        ...Object.fromEntries(
          Object.entries(headers ?? {}).map(([header, value]) => [
            header,
            [value].flat().join(", "),
          ]),
        ),
        ...(body === undefined ? {} : { "content-type": type ?? "application/json" }),
        ...(bearer === null ? {} : { authorization: bearer }),
      },
      ...(body === undefined
        ? {}
        : { body: fill(typeof body === "string" ? body : JSON.stringify(body)) }),
    });
    const text = await response.text();
    const parsed: unknown = /^[[{]/.test(text) ? JSON.parse(text) : text;
    for (const [key, place] of Object.entries(save ?? {}))
      saved[key] = at(parsed, place.split("."));
    if (answer === undefined) continue;
    const told = ["content-type", "warning", "retry-after"].flatMap((header) => {
      const value = response.headers.get(header);
      return value === null ? [] : [[header, textWithoutChance(value, header)]];
    });
    const ours: Answer = {
      code: response.status,
      headers: Object.fromEntries(told) as Record<string, string>,
      body: withoutChance(parsed),
    };
    for (const place of drop ?? []) dropAt(ours.body, place);
    if (!isSame(answer, ours)) others.push({ name, real: answer, ours });
  }
  return others;
}

/** Members by name, and owners too: theirs is the order of the seconds in which they wrote. */
function sorted(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => sorted(item));
    if (key !== "managedFields") return items;
    return items.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, sorted(item, name)]));
}

const isSame = (left: Answer, right: Answer): boolean =>
  JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
