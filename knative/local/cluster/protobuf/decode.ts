import type { JsonRecord } from "../kube-object.ts";
import { badRequest } from "../status-error.ts";
import { messageOf, messageOfKind } from "./messages.ts";
import type { Field, FieldType } from "./messages.ts";
import { Reader, malformed } from "./reader.ts";

export const protobufType = "application/vnd.kubernetes.protobuf";

/**
 * A Kubernetes protobuf body (`k8s\0` and a `runtime.Unknown`) as the JSON object it stands for.
 * What a newer client says in fields that are not known is left out, as the API server does.
 * @throws StatusError 400 for a kind that is not served here, or malformed bytes.
 */
export function decodeProtobuf(bytes: Buffer): JsonRecord {
  if (bytes.subarray(0, 4).toString("latin1") !== "k8s\0") throw malformed();
  let [apiVersion, kind] = ["", ""];
  let raw: Buffer = Buffer.alloc(0);
  new Reader(bytes.subarray(4)).each((number, value) => {
    if (!Buffer.isBuffer(value)) return;
    if (number === 1) {
      new Reader(value).each((part, name) => {
        if (part === 1) apiVersion = String(name);
        else if (part === 2) kind = String(name);
      });
    } else if (number === 2) raw = value;
  });
  // Its version is that of the object that is to be deleted.
  const message = messageOfKind(
    kind === "DeleteOptions" ? "v1/DeleteOptions" : `${apiVersion}/${kind}`,
  );
  if (message === undefined) {
    throw badRequest(
      `the simulated cluster does not serve ${apiVersion} ${kind}: it cannot read it as protobuf`,
    );
  }
  return { apiVersion, kind, ...messageValue(raw, message, 0) };
}

/** No object of the API is as deep. */
const maxDepth = 64;

function messageValue(bytes: Buffer, name: string, depth: number): JsonRecord {
  if (depth > maxDepth) throw malformed();
  const message = messageOf(name);
  const read: JsonRecord = {};
  new Reader(bytes).each((number, value) => {
    const field = message.get(number);
    if (field !== undefined) readField(read, field, value, depth + 1);
  });
  return read;
}

function readField(
  read: JsonRecord,
  { name, type, isKept }: Field,
  value: number | Buffer,
  depth: number,
): void {
  if (type.kind === "list") {
    const list = (read[name] ?? []) as unknown[];
    list.push(valueOf(type.of, value, depth));
    read[name] = list;
    return;
  }
  if (type.kind === "map") {
    const map = (read[name] ?? {}) as JsonRecord;
    const [key, item] = entryOf(type.of, value, depth);
    define(map, key, item);
    read[name] = map;
    return;
  }
  const item = valueOf(type, value, depth);
  if (name === "") Object.assign(read, item);
  else if (item !== undefined && (isKept || !isZero(item))) read[name] = item;
}

const isZero = (value: unknown): boolean => value === 0 || value === "" || value === false;

function entryOf(type: FieldType, value: number | Buffer, depth: number): [string, unknown] {
  let key = "";
  let item: unknown = null;
  new Reader(bytesOf(value)).each((number, part) => {
    if (number === 1) key = bytesOf(part).toString("utf8");
    // A list in a map is a message that holds it alone (`ExtraValue`).
    else if (number === 2 && type.kind === "list") item = listOf(type.of, bytesOf(part), depth);
    else if (number === 2) item = valueOf(type, part, depth);
  });
  return [key, item];
}

function listOf(type: FieldType, bytes: Buffer, depth: number): unknown[] {
  const list: unknown[] = [];
  new Reader(bytes).each((_number, part) => list.push(valueOf(type, part, depth)));
  return list;
}

function valueOf(type: FieldType, value: number | Buffer, depth: number): unknown {
  if (type.kind === "message") return messageValue(bytesOf(value), type.name, depth);
  if (type.kind !== "scalar") throw malformed();
  switch (type.name) {
    case "int":
      return numberOf(value);
    case "bool":
      return numberOf(value) !== 0;
    case "double":
      return doubleOf(bytesOf(value));
    case "string":
      return bytesOf(value).toString("utf8");
    case "bytes":
      return bytesOf(value).toString("base64");
    default:
      return scalarOf(type.name, bytesOf(value));
  }
}

/** The messages of apimachinery that JSON has as one value; undefined for a time that is none. */
function scalarOf(name: string, bytes: Buffer): unknown {
  const parts = new Map<number, number | Buffer>();
  new Reader(bytes).each((number, value) => parts.set(number, value));
  const numberAt = (number: number): number => numberOf(parts.get(number) ?? 0);
  const textAt = (number: number): string =>
    bytesOf(parts.get(number) ?? Buffer.alloc(0)).toString("utf8");
  switch (name) {
    case "quantity":
      return textAt(1) || "0";
    case "intOrString":
      return numberAt(1) === 1 ? textAt(3) : numberAt(2);
    case "time":
      return parts.size === 0 ? undefined : timeOf(numberAt(1), "");
    case "microTime":
      return parts.size === 0 ? undefined : timeOf(numberAt(1), microsOf(numberAt(2)));
    case "json":
      return jsonOf(textAt(1));
    default:
      throw malformed();
  }
}

const microsOf = (nanos: number): string => `.${String(Math.trunc(nanos / 1000)).padStart(6, "0")}`;

function timeOf(seconds: number, fraction: string): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw malformed();
  return `${date.toISOString().slice(0, "2026-11-21T18:00:00".length)}${fraction}Z`;
}

function jsonOf(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    throw malformed();
  }
}

function numberOf(value: number | Buffer): number {
  if (Buffer.isBuffer(value)) throw malformed();
  return value;
}

function doubleOf(bytes: Buffer): number {
  if (bytes.length !== 8) throw malformed();
  return bytes.readDoubleLE();
}

function bytesOf(value: number | Buffer): Buffer {
  if (!Buffer.isBuffer(value)) throw malformed();
  return value;
}

/** Sets a member even when it is called `__proto__`: the caller refuses such keys. */
function define(target: JsonRecord, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}
