import type { JsonRecord } from "./kube-object.ts";
import { badRequest } from "./status-error.ts";
import { protobufMessages, text } from "./protobuf-messages.ts";
import type { FieldType, Message } from "./protobuf-messages.ts";

const malformed = () => badRequest("the protobuf body is malformed");

class Reader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#offset];
      if (byte === undefined) throw malformed();
      this.#offset += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw malformed();
  }

  chunk(): Buffer {
    const length = this.varint();
    const end = this.#offset + length;
    if (length < 0 || end > this.#bytes.length) throw malformed();
    const piece = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return piece;
  }

  /** Calls `field` with every field: its number, and its varint or bytes. */
  each(field: (number: number, value: number | Buffer) => void): void {
    while (!this.done) {
      const tag = this.varint();
      if ((tag & 7) === 0) field(tag >>> 3, this.varint());
      else if ((tag & 7) === 2) field(tag >>> 3, this.chunk());
      else throw malformed();
    }
  }
}

/** What the values of each kind of map stand for. */
const ITEMS = {
  stringMap: (value: Buffer) => value.toString("utf8"),
  bytesMap: (value: Buffer) => value.toString("base64"),
  quantityMap: (value: Buffer) => decode(value, { 1: text("text") })["text"] ?? "0",
} as const;
const isMap = (type: FieldType): type is keyof typeof ITEMS =>
  typeof type === "string" && Object.hasOwn(ITEMS, type);

function entry(bytes: Buffer, type: keyof typeof ITEMS): [string, unknown] {
  const pair: [string, unknown] = ["", ""];
  new Reader(bytes).each((number, value) => {
    if (!Buffer.isBuffer(value)) throw malformed();
    if (number === 1) pair[0] = value.toString("utf8");
    else if (number === 2) pair[1] = ITEMS[type](value);
  });
  return pair;
}

/** `IntOrString` of apimachinery: type 1 is a string. */
function intOrString(bytes: Buffer): unknown {
  const { type, int, string } = decode(bytes, {
    1: { name: "type", type: "int" },
    2: { name: "int", type: "int" },
    3: text("string"),
  });
  return type === 1 ? (string ?? "") : (int ?? 0);
}

function scalar(type: FieldType, value: number | Buffer): unknown {
  if (type === "int" || type === "bool") {
    if (Buffer.isBuffer(value)) throw malformed();
    return type === "bool" ? value !== 0 : value;
  }
  if (!Buffer.isBuffer(value)) throw malformed();
  if (type === "string") return value.toString("utf8");
  if (type === "bytes") return value.toString("base64");
  if (type === "intOrString") return intOrString(value);
  return typeof type === "string" ? undefined : decode(value, type);
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

/** Zero, "" and messages of nothing else: how proto2 writes what is not set. */
function isUnset(value: number | Buffer): boolean {
  if (!Buffer.isBuffer(value)) return value === 0;
  let unset = true;
  try {
    new Reader(value).each((_number, inner) => {
      unset &&= isUnset(inner);
    });
  } catch {
    return false;
  }
  return unset;
}

function decode(bytes: Buffer, message: Message): JsonRecord {
  const result: JsonRecord = {};
  new Reader(bytes).each((number, value) => {
    const field = message[number];
    if (field === undefined) {
      if (isUnset(value)) return;
      throw badRequest(
        `the simulated cluster does not read protobuf field ${number} of this kind: send the object as YAML (kubectl create --dry-run=client -o yaml … | kubectl create -f -)`,
      );
    }
    const { name, type, repeated } = field;
    if (isMap(type)) {
      if (!Buffer.isBuffer(value)) throw malformed();
      const [key, item] = entry(value, type);
      const map = (result[name] ?? {}) as JsonRecord;
      define(map, key, item);
      result[name] = map;
    } else if (repeated === true) {
      const list = (result[name] ?? []) as unknown[];
      list.push(scalar(type, value));
      result[name] = list;
    } else {
      const item = scalar(type, value);
      // proto2 writes "" for a string that is not set.
      if (item !== "") result[name] = item;
    }
  });
  return result;
}

export const protobufType = "application/vnd.kubernetes.protobuf";

/**
 * A Kubernetes protobuf body (`k8s\0` and a `runtime.Unknown`) as the JSON object it stands for.
 * @throws StatusError 400 for a kind or field that is not known here, or malformed bytes.
 */
export function decodeProtobuf(bytes: Buffer): JsonRecord {
  if (bytes.subarray(0, 4).toString("latin1") !== "k8s\0") throw malformed();
  let typeMeta: JsonRecord = {};
  let raw: Buffer = Buffer.alloc(0);
  new Reader(bytes.subarray(4)).each((number, value) => {
    if (!Buffer.isBuffer(value)) return;
    if (number === 1) typeMeta = decode(value, { 1: text("apiVersion"), 2: text("kind") });
    else if (number === 2) raw = value;
  });
  const { apiVersion, kind } = typeMeta;
  const isDelete = kind === "DeleteOptions";
  const message = protobufMessages.get(
    isDelete ? "v1/DeleteOptions" : `${String(apiVersion)}/${String(kind)}`,
  );
  if (message === undefined) {
    throw badRequest(
      `the simulated cluster does not read ${String(apiVersion)} ${String(kind)} as protobuf: send it as YAML (kubectl create --dry-run=client -o yaml … | kubectl create -f -)`,
    );
  }
  return { apiVersion, kind, ...decode(raw, message) };
}
