import { isRecord } from "../kube-object.ts";
import type { JsonRecord } from "../kube-object.ts";
import { mergeKeyOf } from "./list-keys.ts";

/** One step into an object: `f:name` a field, `k:{"name":"app"}` an item of a keyed list. */
export type FieldPath = readonly string[];

/** Metadata that the server writes; nobody owns it. */
const serverMeta: ReadonlySet<string> = new Set([
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
]);

/** A value with its way there: steps as JSON without the closing bracket, and the names of its fields. */
type Place = { path: string; names: readonly string[]; value: unknown };

/** What is inside a value, in order; null for a leaf: a list without a merge key is one, and what is empty. */
function inside({ path, names, value }: Place): Place[] | null {
  if (Array.isArray(value)) {
    const key = keyOfItems(value, names);
    if (key === null) return null;
    return (value as JsonRecord[]).map((item) => {
      const step = `k:${JSON.stringify({ [key]: item[key] })}`;
      return { path: `${path},${JSON.stringify(step)}`, names, value: item };
    });
  }
  if (!isRecord(value)) return null;
  const fields = Object.keys(value);
  if (fields.length === 0) return null;
  return fields
    .filter((field) => value[field] !== undefined)
    .map((field) => ({
      path: `${path},${JSON.stringify(`f:${field}`)}`,
      names: [...names, field],
      value: value[field],
    }));
}

/** Of a list whose items can all be told apart by a merge key; null of any other. */
function keyOfItems(list: readonly unknown[], names: readonly string[]): string | null {
  const key = mergeKeyOf(names);
  if (key === null || list.length === 0) return null;
  return list.every((item) => isRecord(item) && item[key] !== undefined) ? key : null;
}

/** What an owner can have of an object: its fields, and in place of its metadata what is in there. */
function ownable(object: JsonRecord): Place[] {
  const places: Place[] = [];
  for (const [field, value] of Object.entries(object)) {
    if (field === "apiVersion" || field === "kind" || value === undefined) continue;
    if (field !== "metadata" || !isRecord(value)) {
      places.push({ path: `[${JSON.stringify(`f:${field}`)}`, names: [field], value });
      continue;
    }
    for (const [name, child] of Object.entries(value)) {
      if (serverMeta.has(name) || child === undefined) continue;
      const path = `["f:metadata",${JSON.stringify(`f:${name}`)}`;
      places.push({ path, names: ["metadata", name], value: child });
    }
  }
  return places;
}

function collect(place: Place, leaves: Map<string, unknown>): void {
  const places = inside(place);
  if (places === null) leaves.set(`${place.path}]`, place.value);
  else for (const each of places) collect(each, leaves);
}

/** Every leaf of `object` with its value, by path. A list without a merge key is one leaf. */
export function leavesOf(object: JsonRecord): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const place of ownable(object)) collect(place, leaves);
  return leaves;
}

/**
 * The leaves of two objects but for parts that are one and the same value in both: a write leaves
 * most of an object as it was.
 */
export function differingLeaves(
  before: JsonRecord,
  after: JsonRecord,
): { old: Map<string, unknown>; now: Map<string, unknown> } {
  const old = new Map<string, unknown>();
  const now = new Map<string, unknown>();
  const compare = (left: readonly Place[], right: readonly Place[]): void => {
    const others = new Map(right.map((place) => [place.path, place]));
    for (const place of left) {
      const other = others.get(place.path);
      others.delete(place.path);
      if (other === undefined) collect(place, old);
      else if (other.value !== place.value) compareTwo(place, other);
    }
    for (const place of others.values()) collect(place, now);
  };
  const compareTwo = (left: Place, right: Place): void => {
    const [parts, others] = [inside(left), inside(right)];
    if (parts !== null && others !== null && areApart(parts) && areApart(others)) {
      compare(parts, others);
      return;
    }
    collect(left, old);
    collect(right, now);
  };
  compare(ownable(before), ownable(after));
  return { old, now };
}

/** Items may share a key where nobody refuses it: environment variables do. */
const areApart = (places: readonly Place[]): boolean =>
  new Set(places.map(({ path }) => path)).size === places.length;

/** Whether `leavesOf(object)` has a path, without looking at the rest. */
export function hasLeaf(object: JsonRecord, path: string): boolean {
  const steps = parsePath(path);
  const [first, second] = steps;
  if (first === undefined || first === "f:apiVersion" || first === "f:kind") return false;
  const isOfMetadata = first === "f:metadata" && isRecord(object["metadata"]);
  if (isOfMetadata && (second === undefined || serverMeta.has(second.slice(2)))) return false;
  return endsAtLeaf(object, [], steps);
}

function endsAtLeaf(value: unknown, names: readonly string[], [step, ...rest]: FieldPath): boolean {
  if (step === undefined) return inside({ path: "", names, value }) === null;
  if (step.startsWith("f:")) {
    const field = step.slice(2);
    if (!isRecord(value) || !Object.hasOwn(value, field) || value[field] === undefined)
      return false;
    return endsAtLeaf(value[field], [...names, field], rest);
  }
  if (!Array.isArray(value)) return false;
  const key = keyOfItems(value, names);
  if (key === null) return false;
  const text = step.slice(2);
  return (value as JsonRecord[]).some(
    (item) => JSON.stringify({ [key]: item[key] }) === text && endsAtLeaf(item, names, rest),
  );
}

/** The nested form of `managedFields[].fieldsV1`. */
export function toFieldsV1(paths: Iterable<string>): JsonRecord {
  const root: JsonRecord = {};
  for (const text of paths) {
    let current = root;
    for (const step of parsePath(text)) {
      const next = current[step];
      if (isRecord(next)) current = next;
      else {
        const made: JsonRecord = {};
        current[step] = made;
        current = made;
      }
    }
  }
  return root;
}

/** The leaf paths of `fieldsV1`; "." entries say that the parent itself is owned and are skipped. */
export function fromFieldsV1(fields: unknown): Set<string> {
  const paths = new Set<string>();
  const visit = (value: unknown, path: string[]): void => {
    const entries = isRecord(value) ? Object.entries(value).filter(([step]) => step !== ".") : [];
    if (entries.length === 0 && path.length > 0) paths.add(JSON.stringify(path));
    for (const [step, child] of entries) visit(child, [...path, step]);
  };
  visit(fields, []);
  return paths;
}

export function parsePath(text: string): FieldPath {
  const path: unknown = JSON.parse(text);
  return Array.isArray(path) ? path.map(String) : [];
}

/** `.spec.containers[name="app"].image`, as conflict messages write it. */
export const displayPath = (text: string): string =>
  parsePath(text)
    .map((step) => {
      if (step.startsWith("f:")) return `.${step.slice(2)}`;
      const key: unknown = JSON.parse(step.slice(2));
      const [entry] = isRecord(key) ? Object.entries(key) : [];
      return entry === undefined ? "[]" : `[${entry[0]}=${JSON.stringify(entry[1])}]`;
    })
    .join("");

/** A copy of `value` without the leaf at `path`; parents left empty go too. */
export function withoutPath(value: unknown, path: FieldPath): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return undefined;
  if (step.startsWith("f:") && isRecord(value)) {
    const field = step.slice(2);
    if (!Object.hasOwn(value, field)) return value;
    const child = withoutPath(value[field], rest);
    const { [field]: _old, ...others } = value;
    if (child !== undefined) return { ...others, [field]: child };
    return Object.keys(others).length === 0 ? undefined : others;
  }
  if (step.startsWith("k:") && Array.isArray(value)) {
    const key: unknown = JSON.parse(step.slice(2));
    const [entry] = isRecord(key) ? Object.entries(key) : [];
    if (entry === undefined) return value;
    return value.flatMap((item: unknown) => {
      if (!isRecord(item) || item[entry[0]] !== entry[1]) return [item];
      const left = withoutPath(item, rest);
      // What is left of an item when its owner has dropped it is just the key.
      const keyOnly = isRecord(left) && Object.keys(left).every((field) => field === entry[0]);
      return left === undefined || keyOnly ? [] : [left];
    });
  }
  return value;
}
