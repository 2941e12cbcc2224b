import { isRecord } from "../kube-object.ts";
import type { JsonRecord } from "../kube-object.ts";
import type { Schema } from "./custom-kind.ts";

export type Pruned = { value: unknown; unknown: string[] };

const typeFields: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

const propertiesOf = (schema: Schema): JsonRecord =>
  isRecord(schema["properties"]) ? schema["properties"] : {};

const keepsUnknown = (schema: Schema): boolean =>
  schema["x-kubernetes-preserve-unknown-fields"] === true;

/**
 * An object without the fields that its schema does not have, and their paths in order. Metadata is
 * the API's own.
 */
export function prune(object: unknown, schema: Schema): Pruned {
  const unknown: string[] = [];
  const root = { ...schema, "x-kubernetes-embedded-resource": true };
  const value = pruned(object, root, "", unknown);
  return { value, unknown: unknown.toSorted() };
}

function pruned(value: unknown, schema: Schema, path: string, unknown: string[]): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!isRecord(items)) return value;
    return value.map((item: unknown, index) => pruned(item, items, `${path}[${index}]`, unknown));
  }
  if (!isRecord(value)) return value;
  const properties = propertiesOf(schema);
  const { additionalProperties } = schema;
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const kept: JsonRecord = {};
  for (const [field, member] of Object.entries(value)) {
    const place = path === "" ? field : `${path}.${field}`;
    const known = Object.hasOwn(properties, field) ? properties[field] : additionalProperties;
    if (isEmbedded && typeFields.has(field)) kept[field] = member;
    else if (isRecord(known)) kept[field] = pruned(member, known, place, unknown);
    else if (known === true || keepsUnknown(schema)) kept[field] = member;
    else unknown.push(place);
  }
  return kept;
}

/** An object with what its schema fills in; a null that may not be one is not there. */
export function withDefaults(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return isRecord(items) ? value.map((item: unknown) => withDefaults(item, items)) : value;
  }
  if (!isRecord(value)) return value;
  const properties = propertiesOf(schema);
  const filled: JsonRecord = {};
  for (const [field, member] of Object.entries(value)) {
    const known = Object.hasOwn(properties, field)
      ? properties[field]
      : schema["additionalProperties"];
    const isMissing =
      member === null && isRecord(known) && Object.hasOwn(properties, field) && !mayBeNull(known);
    if (!isMissing) filled[field] = isRecord(known) ? withDefaults(member, known) : member;
  }
  for (const [field, known] of Object.entries(properties)) {
    if (Object.hasOwn(filled, field) || !isRecord(known) || known["default"] === undefined)
      continue;
    filled[field] = withDefaults(structuredClone(known["default"]), known);
  }
  return filled;
}

const mayBeNull = (schema: Schema): boolean =>
  schema["nullable"] === true || (schema["type"] === undefined && keepsUnknown(schema));
