import type { JsonRecord } from "./kube-object.ts";
import { badRequest } from "./status-error.ts";

/** Type of one field: a scalar, another message, or a map of strings. */
type FieldType = "string" | "bytes" | "int" | "bool" | "stringMap" | "bytesMap" | Message;
type Field = { name: string; type: FieldType; repeated?: boolean };
type Message = { readonly [number: number]: Field };

const text = (name: string): Field => ({ name, type: "string" });
const texts = (name: string): Field => ({ name, type: "string", repeated: true });
const one = (name: string, type: FieldType): Field => ({ name, type });
const many = (name: string, type: FieldType): Field => ({ name, type, repeated: true });

const meta = one("metadata", {
  1: text("name"),
  2: text("generateName"),
  3: text("namespace"),
  5: text("uid"),
  6: text("resourceVersion"),
  11: one("labels", "stringMap"),
  12: one("annotations", "stringMap"),
});

const container: Message = {
  1: text("name"),
  2: text("image"),
  3: texts("command"),
  4: texts("args"),
  6: many("ports", {
    1: text("name"),
    2: one("hostPort", "int"),
    3: one("containerPort", "int"),
    4: text("protocol"),
    5: text("hostIP"),
  }),
  7: many("env", { 1: text("name"), 2: text("value") }),
  14: text("imagePullPolicy"),
};

const template: Message = {
  1: meta,
  2: one("spec", { 2: many("containers", container), 3: text("restartPolicy") }),
};

const rule: Message = {
  1: texts("verbs"),
  2: texts("apiGroups"),
  3: texts("resources"),
  4: texts("resourceNames"),
  5: texts("nonResourceURLs"),
};

const binding: Message = {
  1: meta,
  2: many("subjects", {
    1: text("kind"),
    2: text("apiGroup"),
    3: text("name"),
    4: text("namespace"),
  }),
  3: one("roleRef", { 1: text("apiGroup"), 2: text("kind"), 3: text("name") }),
};

const review: Message = {
  1: meta,
  2: one("spec", {
    1: one("resourceAttributes", {
      1: text("namespace"),
      2: text("verb"),
      3: text("group"),
      4: text("version"),
      5: text("resource"),
      6: text("subresource"),
      7: text("name"),
    }),
    2: one("nonResourceAttributes", { 1: text("path"), 2: text("verb") }),
  }),
};

/**
 * The messages that kubectl's own commands send (`create namespace`, `auth can-i` …): numbers from
 * the `generated.proto` files of k8s.io/api. Manifests come as JSON.
 */
const messages: ReadonlyMap<string, Message> = new Map<string, Message>([
  ["v1/Namespace", { 1: meta }],
  [
    "v1/ConfigMap",
    {
      1: meta,
      2: one("data", "stringMap"),
      3: one("binaryData", "bytesMap"),
      4: one("immutable", "bool"),
    },
  ],
  [
    "v1/Secret",
    { 1: meta, 2: one("data", "bytesMap"), 3: text("type"), 4: one("stringData", "stringMap") },
  ],
  ["v1/ServiceAccount", { 1: meta }],
  [
    "apps/v1/Deployment",
    {
      1: meta,
      2: one("spec", {
        1: one("replicas", "int"),
        2: one("selector", { 1: one("matchLabels", "stringMap") }),
        3: one("template", template),
      }),
    },
  ],
  ["rbac.authorization.k8s.io/v1/Role", { 1: meta, 2: many("rules", rule) }],
  ["rbac.authorization.k8s.io/v1/ClusterRole", { 1: meta, 2: many("rules", rule) }],
  ["rbac.authorization.k8s.io/v1/RoleBinding", binding],
  ["rbac.authorization.k8s.io/v1/ClusterRoleBinding", binding],
  ["authorization.k8s.io/v1/SelfSubjectAccessReview", review],
  [
    "authorization.k8s.io/v1/SelfSubjectRulesReview",
    { 1: meta, 2: one("spec", { 1: text("namespace") }) },
  ],
  ["authentication.k8s.io/v1/SelfSubjectReview", { 1: meta }],
  [
    "authentication.k8s.io/v1/TokenRequest",
    { 1: meta, 2: one("spec", { 1: texts("audiences"), 4: one("expirationSeconds", "int") }) },
  ],
  [
    "v1/DeleteOptions",
    {
      1: one("gracePeriodSeconds", "int"),
      2: one("preconditions", { 1: text("uid"), 2: text("resourceVersion") }),
      3: one("orphanDependents", "bool"),
      4: text("propagationPolicy"),
      5: texts("dryRun"),
    },
  ],
]);

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

function entry(bytes: Buffer, asBase64: boolean): [string, string] {
  const pair: [string, string] = ["", ""];
  new Reader(bytes).each((number, value) => {
    if (!Buffer.isBuffer(value)) throw malformed();
    if (number === 1) pair[0] = value.toString("utf8");
    else if (number === 2) pair[1] = value.toString(asBase64 ? "base64" : "utf8");
  });
  return pair;
}

function scalar(type: FieldType, value: number | Buffer): unknown {
  if (type === "int" || type === "bool") {
    if (Buffer.isBuffer(value)) throw malformed();
    return type === "bool" ? value !== 0 : value;
  }
  if (!Buffer.isBuffer(value)) throw malformed();
  if (type === "string") return value.toString("utf8");
  if (type === "bytes") return value.toString("base64");
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
    if (type === "stringMap" || type === "bytesMap") {
      if (!Buffer.isBuffer(value)) throw malformed();
      const [key, item] = entry(value, type === "bytesMap");
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
  const message = messages.get(
    isDelete ? "v1/DeleteOptions" : `${String(apiVersion)}/${String(kind)}`,
  );
  if (message === undefined) {
    throw badRequest(
      `the simulated cluster does not read ${String(apiVersion)} ${String(kind)} as protobuf: send it as YAML (kubectl create --dry-run=client -o yaml … | kubectl create -f -)`,
    );
  }
  return { apiVersion, kind, ...decode(raw, message) };
}
