import { deepEqual } from "../deep-equal.ts";
import { isRecord, textOf } from "../kube-object.ts";
import { invalidValue, requiredField, tooLong, unsupportedValue } from "../status-error.ts";
import type { Cause } from "../status-error.ts";
import type { Schema } from "./custom-kind.ts";
import { fitsFormat, fitsWidth } from "./formats.ts";

/**
 * What of a value does not fit its schema, in the words of the API server. `path` is "" at the root.
 * Rules in CEL (`x-kubernetes-validations`) are not looked at.
 */
export function schemaCauses(value: unknown, schema: Schema, path: string): Cause[] {
  if (value === null && schema["nullable"] === true) return [];
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    return [typeCause(path, types.join(","), jsonType(value))];
  }
  return [
    ...enumCauses(value, schema, path),
    ...ownCauses(value, schema, path),
    ...combinedCauses(value, schema, path),
  ];
}

function ownCauses(value: unknown, schema: Schema, path: string): Cause[] {
  if (typeof value === "string") return textCauses(value, schema, path);
  if (typeof value === "number") return numberCauses(value, schema, path);
  if (Array.isArray(value)) return listCauses(value, schema, path);
  return isRecord(value) ? recordCauses(value, schema, path) : [];
}

function typesOf(schema: Schema): string[] {
  if (schema["x-kubernetes-int-or-string"] === true) return ["integer", "string"];
  const { type } = schema;
  return typeof type === "string" && type !== "" ? [type] : [];
}

function jsonType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

const isOfType = (value: unknown, type: string): boolean =>
  jsonType(value) === type || (type === "number" && typeof value === "number");

const typeCause = (path: string, type: string, found: string): Cause => ({
  ...invalidValue(path, found, `${path} in body must be of type ${type}: ${JSON.stringify(found)}`),
  reason: "FieldValueTypeInvalid",
});

function enumCauses(value: unknown, schema: Schema, path: string): Cause[] {
  const { enum: allowed } = schema;
  if (!Array.isArray(allowed) || allowed.some((each) => deepEqual(each, value))) return [];
  return [unsupportedValue(path, value, allowed.map(textOf))];
}

const numberAt = (schema: Schema, field: string): number | null => {
  const value = schema[field];
  return typeof value === "number" ? value : null;
};

function textCauses(text: string, schema: Schema, path: string): Cause[] {
  const [least, most] = [numberAt(schema, "minLength"), numberAt(schema, "maxLength")];
  const length = Array.from(text).length;
  if (most !== null && length > most) return [tooLong(path, most)];
  if (least !== null && length < least) {
    return [invalidValue(path, text, `${path} in body should be at least ${least} chars long`)];
  }
  const pattern = schema["pattern"];
  if (typeof pattern === "string" && !patternOf(pattern).test(text)) {
    return [invalidValue(path, text, `${path} in body should match '${pattern}'`)];
  }
  const format = textOf(schema["format"]);
  return fitsFormat(format, text) ? [] : [typeCause(path, format, text)];
}

const patterns = new Map<string, RegExp>();

/** Go's patterns are JavaScript's but for a few; one that is not lets everything through. */
function patternOf(pattern: string): RegExp {
  let known = patterns.get(pattern);
  if (known === undefined) {
    try {
      known = new RegExp(pattern, "u");
    } catch {
      known = /^/;
    }
    patterns.set(pattern, known);
  }
  return known;
}

const fault = (path: string, value: unknown, why: string): Cause[] => [
  invalidValue(path, value, `${path} in body should be ${why}`),
];

function numberCauses(value: number, schema: Schema, path: string): Cause[] {
  const [least, most] = [numberAt(schema, "minimum"), numberAt(schema, "maximum")];
  const step = numberAt(schema, "multipleOf");
  const format = textOf(schema["format"]);
  if (!fitsWidth(format, value)) {
    const why = `Checked value must be of type integer with format ${format} in ${path}`;
    return [invalidValue("<nil>", "", why)];
  }
  if (least !== null && (schema["exclusiveMinimum"] === true ? value <= least : value < least)) {
    const than = schema["exclusiveMinimum"] === true ? "" : " or equal to";
    return fault(path, value, `greater than${than} ${least}`);
  }
  if (most !== null && (schema["exclusiveMaximum"] === true ? value >= most : value > most)) {
    const than = schema["exclusiveMaximum"] === true ? "" : " or equal to";
    return fault(path, value, `less than${than} ${most}`);
  }
  const isStep = step === null || Number.isInteger(value / step);
  return isStep ? [] : fault(path, value, `a multiple of ${step}`);
}

const tooMany = (path: string, found: number, most: number): Cause => ({
  reason: "FieldValueTooMany",
  message: `Too many: ${found}: must have at most ${most} items`,
  field: path,
});

/** Of a list or a map: how many it may have. */
function countCauses(found: number, schema: Schema, path: string, what: string): Cause[] {
  const name = what === "items" ? "Items" : "Properties";
  const [least, most] = [numberAt(schema, `min${name}`), numberAt(schema, `max${name}`)];
  if (most !== null && found > most) return [tooMany(path, found, most)];
  return least !== null && found < least
    ? [invalidValue(path, found, `${path} in body should have at least ${least} ${what}`)]
    : [];
}

function listCauses(list: readonly unknown[], schema: Schema, path: string): Cause[] {
  const { items } = schema;
  const inside = isRecord(items)
    ? list.flatMap((item, index) => schemaCauses(item, items, `${path}[${index}]`))
    : [];
  return [
    ...inside,
    ...countCauses(list.length, schema, path, "items"),
    ...twice(list, schema, path),
  ];
}

/** Items of a set, or of a list with keys, that are there twice. */
function twice(list: readonly unknown[], schema: Schema, path: string): Cause[] {
  const kind = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"];
  if (kind !== "set" && kind !== "map") return [];
  const keyOf = (item: unknown): unknown =>
    kind === "map" && Array.isArray(keys) && isRecord(item)
      ? Object.fromEntries(keys.map((key) => [textOf(key), item[textOf(key)]]))
      : item;
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const key = JSON.stringify(keyOf(item));
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const field = `${path}[${index}]`;
    return [{ reason: "FieldValueDuplicate", message: `Duplicate value: ${key}`, field }];
  });
}

function recordCauses(record: Schema, schema: Schema, path: string): Cause[] {
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const { additionalProperties, required } = schema;
  const at = (field: string): string => (path === "" ? field : `${path}.${field}`);
  const missing = (Array.isArray(required) ? required.map(textOf) : []).filter(
    (field) => !Object.hasOwn(record, field),
  );
  const inside = Object.keys(record)
    .toSorted()
    .flatMap((field) => {
      const known = Object.hasOwn(properties, field) ? properties[field] : additionalProperties;
      const isOwn = path === "" && field === "metadata";
      return isRecord(known) && !isOwn ? schemaCauses(record[field], known, at(field)) : [];
    });
  return [
    ...countCauses(Object.keys(record).length, schema, path, "properties"),
    ...missing.map((field) => requiredField(at(field))),
    ...inside,
  ];
}

const alternatives = (schema: Schema, field: string): Schema[] => {
  const list = schema[field];
  return Array.isArray(list) ? list.filter(isRecord) : [];
};

function combinedCauses(value: unknown, schema: Schema, path: string): Cause[] {
  const whole = (why: string): Cause => invalidValue("<nil>", "", `${JSON.stringify(path)} ${why}`);
  const fits = (each: Schema): boolean => schemaCauses(value, each, path).length === 0;
  const causes: Cause[] = [];
  const all = alternatives(schema, "allOf").map((each) => schemaCauses(value, each, path));
  if (all.some((found) => found.length > 0)) {
    const none = all.every((found) => found.length > 0) ? ". None validated" : "";
    causes.push(...all.flat(), whole(`must validate all the schemas (allOf)${none}`));
  }
  const any = alternatives(schema, "anyOf");
  if (any.length > 0 && !any.some(fits)) {
    causes.push(whole("must validate at least one schema (anyOf)"));
  }
  const one = alternatives(schema, "oneOf");
  const fitting = one.filter(fits).length;
  if (one.length > 0 && fitting !== 1) {
    const found = fitting === 0 ? "Found none valid" : `Found ${fitting} valid alternatives`;
    causes.push(whole(`must validate one and only one schema (oneOf). ${found}`));
  }
  if (isRecord(schema["not"]) && fits(schema["not"])) {
    causes.push(whole("must not validate the schema (not)"));
  }
  return causes;
}
