import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How a field is written: a scalar, a message that JSON has as a scalar, or a message by its name. */
export type FieldType =
  | { kind: "scalar"; name: string }
  | { kind: "message"; name: string }
  | { kind: "list" | "map"; of: FieldType };

export type Field = {
  /** "" where JSON has the fields of the message in its place. */
  name: string;
  type: FieldType;
  /** Told even when it is 0, "" or false: a pointer in Go, or a field that is never left out. */
  isKept: boolean;
};

export type Message = ReadonlyMap<number, Field>;

type Known = { kinds: ReadonlyMap<string, string>; messages: ReadonlyMap<string, Message> };

let known: Known | null = null;

/** The message of `v1/Pod` by its name; undefined when this cluster does not serve the kind. */
export const messageOfKind = (kind: string): string | undefined => read().kinds.get(kind);

/** @throws Error for a name that is not in `messages.txt`. */
export function messageOf(name: string): Message {
  const message = read().messages.get(name);
  if (message === undefined) throw new Error(`no protobuf message ${name}`);
  return message;
}

/** Read when the first body comes: most clients send JSON. */
function read(): Known {
  known ??= parse(readFileSync(join(import.meta.dirname, "messages.txt"), "utf8"));
  return known;
}

/** The lines that `messages.go` writes. */
function parse(text: string): Known {
  const kinds = new Map<string, string>();
  const messages = new Map<string, Message>();
  for (const line of text.split("\n")) {
    const [name = "", ...rest] = line.split(" ");
    if (rest[0] === "=") kinds.set(name, rest[1] ?? "");
    else messages.set(name, new Map(rest.map(fieldOf)));
  }
  return { kinds, messages };
}

function fieldOf(text: string): [number, Field] {
  const [number = "", name = "", ...type] = text.split(":");
  const isKept = text.endsWith("!");
  return [Number(number), { name, type: typeOf(type.join(":").replace(/!$/, "")), isKept }];
}

function typeOf(text: string): FieldType {
  const [, outer, inner] = /^(list|map):(.*)$/.exec(text) ?? [];
  if (inner !== undefined) return { kind: outer === "map" ? "map" : "list", of: typeOf(inner) };
  return { kind: text.includes(".") ? "message" : "scalar", name: text };
}
