import { isRecord } from "../kube-object.ts";
import type { JsonRecord } from "../kube-object.ts";
import { DEFAULT_KEYS, type FieldPath, parsePath } from "./field-set.ts";
import type { Shape } from "./shape.ts";

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

/** As which operation leaves are looked at: who applies names no parents but the items of lists. */
export type LeafMode = { operation: "Apply" | "Update"; shape: Shape };

/** A value with its way there: steps as JSON without the closing bracket, and the names of its fields. */
type Place = {
  path: string;
  names: readonly string[];
  value: unknown;
  /** Of a list that tells its items apart. */
  isItem?: boolean;
};

/** What is inside a value, in order; null for a leaf: what is empty, and what is owned as a whole. */
function inside(place: Place, mode: LeafMode): Place[] | null {
  const parts = partsOf(place, mode.shape);
  if (parts === null) return null;
  const { path, names } = place;
  const isOwned =
    place.isItem === true ||
    (mode.operation === "Update" && !mode.shape.skeleton.has(names.join("/")));
  return isOwned ? [{ path: `${path},"."`, names, value: true }, ...parts] : parts;
}

function partsOf({ path, names, value, isItem }: Place, shape: Shape): Place[] | null {
  if (Array.isArray(value)) return itemsOf(value, path, names, shape);
  if (!isRecord(value) || (shape.isAtomic(names) && isItem !== true)) return null;
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

function itemsOf(
  list: readonly unknown[],
  path: string,
  names: readonly string[],
  shape: Shape,
): Place[] | null {
  const keys = keysOfItems(list, names, shape);
  if (keys !== null) {
    return (list as JsonRecord[]).map((item) => {
      const step = JSON.stringify(itemKey(item, keys));
      return { path: `${path},${step}`, names, value: item, isItem: true };
    });
  }
  if (!isTextSet(list, names, shape)) return null;
  return list.map((item) => {
    const step = JSON.stringify(`v:${JSON.stringify(item)}`);
    return { path: `${path},${step}`, names, value: true };
  });
}

const isTextSet = (list: readonly unknown[], names: readonly string[], shape: Shape): boolean =>
  shape.isSet(names) && list.length > 0 && list.every((item) => typeof item === "string");

/** Of a list whose items can all be told apart; null of any other. */
function keysOfItems(
  list: readonly unknown[],
  names: readonly string[],
  shape: Shape,
): readonly string[] | null {
  const keys = shape.keysOf(names);
  const [first] = keys ?? [];
  if (keys === null || first === undefined || list.length === 0) return null;
  return list.every((item) => isRecord(item) && item[first] !== undefined) ? keys : null;
}

const itemKey = (item: JsonRecord, keys: readonly string[]): string =>
  `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, item[key] ?? DEFAULT_KEYS[key]])))}`;

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

function collect(place: Place, mode: LeafMode, leaves: Map<string, unknown>): void {
  const places = inside(place, mode);
  if (places === null) leaves.set(`${place.path}]`, place.value);
  else for (const each of places) collect(each, mode, leaves);
}

/**
 * Every leaf of `object` with its value, by path; a step "." stands for the parent itself. A list
 * whose items have no keys is one leaf, a set of texts one for each.
 */
export function leavesOf(object: JsonRecord, mode: LeafMode): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  for (const place of ownable(object)) collect(place, mode, leaves);
  return leaves;
}

/**
 * The leaves of two objects but for parts that are one and the same value in both: a write leaves
 * most of an object as it was.
 */
export function differingLeaves(
  before: JsonRecord,
  after: JsonRecord,
  mode: LeafMode,
): { old: Map<string, unknown>; now: Map<string, unknown> } {
  const old = new Map<string, unknown>();
  const now = new Map<string, unknown>();
  const compare = (left: readonly Place[], right: readonly Place[]): void => {
    const others = new Map(right.map((place) => [place.path, place]));
    for (const place of left) {
      const other = others.get(place.path);
      others.delete(place.path);
      if (other === undefined) collect(place, mode, old);
      else if (other.value !== place.value) compareTwo(place, other);
    }
    for (const place of others.values()) collect(place, mode, now);
  };
  const compareTwo = (left: Place, right: Place): void => {
    const [parts, others] = [inside(left, mode), inside(right, mode)];
    if (parts !== null && others !== null && areApart(parts) && areApart(others)) {
      compare(parts, others);
      return;
    }
    collect(left, mode, old);
    collect(right, mode, now);
  };
  compare(ownable(before), ownable(after));
  return { old, now };
}

/** Items may share a key where nobody refuses it: environment variables do. */
const areApart = (places: readonly Place[]): boolean =>
  new Set(places.map(({ path }) => path)).size === places.length;

/** Whether `leavesOf(object)` has a path, without looking at the rest. */
export function hasLeaf(object: JsonRecord, path: string, mode: LeafMode): boolean {
  const steps = parsePath(path);
  const [first, second, ...rest] = steps;
  if (first === undefined || first === "f:apiVersion" || first === "f:kind") return false;
  const metadata = object["metadata"];
  if (first !== "f:metadata" || !isRecord(metadata)) {
    return endsAtLeaf({ path: "", names: [], value: object }, steps, mode);
  }
  const name = second?.slice(2) ?? "";
  if (serverMeta.has(name) || !Object.hasOwn(metadata, name) || metadata[name] === undefined) {
    return false;
  }
  return endsAtLeaf({ path: "", names: ["metadata", name], value: metadata[name] }, rest, mode);
}

function endsAtLeaf(place: Place, [step, ...rest]: FieldPath, mode: LeafMode): boolean {
  if (step === undefined) return inside(place, mode) === null;
  const { names, value } = place;
  if (step === ".") return rest.length === 0 && (inside(place, mode)?.[0]?.path ?? "") === ',"."';
  if (step.startsWith("f:")) {
    const field = step.slice(2);
    const isClosed = mode.shape.isAtomic(names) && place.isItem !== true;
    if (!isRecord(value) || isClosed || !Object.hasOwn(value, field)) return false;
    if (value[field] === undefined) return false;
    return endsAtLeaf({ path: "", names: [...names, field], value: value[field] }, rest, mode);
  }
  if (!Array.isArray(value)) return false;
  if (step.startsWith("v:")) {
    const text = step.slice(2);
    return (
      isTextSet(value, names, mode.shape) && value.some((item) => JSON.stringify(item) === text)
    );
  }
  const keys = keysOfItems(value, names, mode.shape);
  if (keys === null) return false;
  return (value as JsonRecord[]).some(
    (item) =>
      itemKey(item, keys) === step &&
      endsAtLeaf({ path: "", names, value: item, isItem: true }, rest, mode),
  );
}
