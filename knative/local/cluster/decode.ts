import { prune } from "./custom/prune.ts";
import { isRecord, own } from "./kube-object.ts";
import type { JsonRecord } from "./kube-object.ts";
import { modelOf, structOf } from "./kube-types.ts";
import type { FieldType } from "./kube-types.ts";
import { parseQuantity } from "./quantity.ts";
import type { Resource } from "./resource.ts";

/** An object as the API server reads it: what it does not know is left out. */
export type Decoded = {
  value: unknown;
  /** Paths of what was left out, `spec.replcas`: ten at the most. */
  unknown: string[];
};

/** JSON that does not fit the type of a field, in the words of Go's decoder. */
export class DecodeFault extends Error {
  /** `.spec.replicas` */
  readonly path: string;

  constructor(message: string, path: string) {
    super(message);
    this.name = "DecodeFault";
    this.path = path;
  }
}

/** Bounds what a hostile object can make us say. */
const mostTold = 10;
const longestPath = 200;

/** Strings of Go's `resource.Quantity`, which takes a number too. */
const quantities: ReadonlySet<string> = new Set([
  "allocatable",
  "allocatedResources",
  "averageValue",
  "capacity",
  "default",
  "defaultRequest",
  "divisor",
  "hard",
  "limits",
  "max",
  "maxLimitRequestRatio",
  "min",
  "overhead",
  "podFixed",
  "requests",
  "sizeLimit",
  "used",
]);
const quantityRule =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

type Place = {
  /** The struct that the field is in. */
  struct: string;
  /** With indexes, as an unknown field is told: `spec.containers[0].name`. */
  shown: string;
  /** Without them, as Go's decoder tells it. */
  plain: string;
  field: string;
};

/**
 * Reads an object of a kind of Kubernetes' own as Go would, and one of a definition as its schema
 * says; one of another kind comes back as it is.
 * @throws DecodeFault for a value of another type than its field's.
 */
export function decode(object: unknown, resource: Resource): Decoded {
  if (resource.custom !== undefined) return prune(object, resource.custom.schema);
  const model = modelOf(resource);
  if (model === null || !isRecord(object)) return { value: object, unknown: [] };
  const unknown: string[] = [];
  const root = { struct: resource.kind, shown: "", plain: "", field: "" };
  return { value: structValue(object, model, root, unknown), unknown };
}

function structValue(record: JsonRecord, model: string, at: Place, unknown: string[]): JsonRecord {
  const { goName, fields } = structOf(model);
  const read: JsonRecord = {};
  for (const [name, value] of Object.entries(record)) {
    const place = {
      struct: goName,
      shown: at.shown === "" ? name : `${at.shown}.${name}`,
      plain: at.plain === "" ? name : `${at.plain}.${name}`,
      field: name,
    };
    const type = fields.get(name);
    if (type === undefined) {
      if (unknown.length < mostTold) unknown.push(place.shown.slice(0, longestPath));
    } else if (value !== null && value !== undefined) {
      read[name] = valueOf(value, type, place, unknown);
    }
  }
  return read;
}

function valueOf(value: unknown, type: FieldType, at: Place, unknown: string[]): unknown {
  if (type.kind === "any") return value;
  if (type.kind === "struct") {
    if (!isRecord(value)) throw mismatch(value, at, goNameOf(type));
    return structValue(value, type.model, at, unknown);
  }
  if (type.kind === "list") {
    if (!Array.isArray(value)) throw mismatch(value, at, goNameOf(type));
    return value.map((item: unknown, index) => {
      const place = { ...at, shown: `${at.shown}[${index}]` };
      return valueOf(item ?? emptyOf(type.of), type.of, place, unknown);
    });
  }
  if (type.kind === "map") {
    if (!isRecord(value)) throw mismatch(value, at, goNameOf(type));
    const read = Object.entries(value).map(([key, item]) => {
      const place = { ...at, shown: `${at.shown}.${key}` };
      return [key, valueOf(item ?? emptyOf(type.of), type.of, place, unknown)];
    });
    return Object.fromEntries(read);
  }
  return scalarOf(value, type, at);
}

/** What a null in a list or a map is: the zero of its type. */
function emptyOf({ kind }: FieldType): unknown {
  if (kind === "struct" || kind === "map") return {};
  return kind === "list" ? [] : "";
}

function scalarOf(value: unknown, type: FieldType, at: Place): unknown {
  if (type.kind === "number") {
    if (typeof value !== "number") throw mismatch(value, at, type.goType);
    if (type.goType !== "float64" && !Number.isInteger(value)) {
      throw mismatch(value, at, type.goType, `number ${value}`);
    }
    return value;
  }
  const fits =
    (type.kind === "boolean" && typeof value === "boolean") ||
    (type.kind === "intOrString" && (typeof value === "number" || typeof value === "string"));
  if (fits) return value;
  if (type.kind === "boolean" || type.kind === "intOrString") {
    throw mismatch(value, at, goNameOf(type));
  }
  return textOf(value, type.kind, at);
}

function textOf(value: unknown, kind: string, at: Place): unknown {
  const isQuantity = quantities.has(at.field) && kind === "string";
  if (isQuantity && (typeof value === "number" || typeof value === "string")) {
    if (parseQuantity(value) === null) throw new DecodeFault(quantityRule, at.shown);
    return value;
  }
  if (typeof value !== "string") throw mismatch(value, at, kind === "bytes" ? "[]uint8" : "string");
  if (kind === "bytes" && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value)) {
    const index = value.search(/[^A-Za-z0-9+/\s]/);
    throw new DecodeFault(`illegal base64 data at input byte ${index}`, at.shown);
  }
  if (kind === "time" || kind === "microTime") assertTime(value, kind === "microTime", at);
  return value;
}

const seconds = "2006-01-02T15:04:05";

function assertTime(text: string, isMicro: boolean, at: Place): void {
  const [, day, fraction = "", zone = ""] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const layout = isMicro ? `${seconds}.000000Z07:00` : `${seconds}Z07:00`;
  const fault = (found: string, wanted: string) =>
    new DecodeFault(
      `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(found)} as ${JSON.stringify(wanted)}`,
      at.shown,
    );
  if (day === undefined) throw fault(text, "2006");
  if (isMicro && fraction.length !== ".000000".length) throw fault(fraction + zone, ".000000");
  if (zone === "") throw fault("", "Z07:00");
}

const jsonType = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

function mismatch(value: unknown, at: Place, goType: string, found = jsonType(value)): DecodeFault {
  return new DecodeFault(
    `json: cannot unmarshal ${found} into Go struct field ${at.struct}.${at.plain} of type ${goType}`,
    at.shown,
  );
}

const plainNames: Readonly<Record<string, string>> = {
  boolean: "bool",
  bytes: "[]uint8",
  intOrString: "intstr.IntOrString",
};

function goNameOf(type: FieldType): string {
  if (type.kind === "number") return type.goType;
  if (type.kind === "struct") return `v1.${structOf(type.model).goName}`;
  if (type.kind === "list") return `[]${goNameOf(type.of)}`;
  if (type.kind === "map") return `map[string]${goNameOf(type.of)}`;
  return own(plainNames, type.kind) ?? "string";
}
