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

/** Every leaf of `object` with its value, by path. A list without a merge key is one leaf. */
export function leavesOf(object: JsonRecord): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const visit = (value: unknown, path: string[], names: string[]): void => {
    const key = Array.isArray(value) ? mergeKeyOf(names) : null;
    if (isRecord(value) && Object.keys(value).length > 0) {
      for (const [field, child] of Object.entries(value)) {
        if (child !== undefined) visit(child, [...path, `f:${field}`], [...names, field]);
      }
    } else if (
      key !== null &&
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((item) => isRecord(item) && item[key] !== undefined)
    ) {
      for (const item of value) {
        if (isRecord(item))
          visit(item, [...path, `k:${JSON.stringify({ [key]: item[key] })}`], names);
      }
    } else {
      leaves.set(JSON.stringify(path), value);
    }
  };
  for (const [field, child] of Object.entries(object)) {
    if (field === "apiVersion" || field === "kind" || child === undefined) continue;
    if (field === "metadata" && isRecord(child)) {
      for (const [name, value] of Object.entries(child)) {
        if (!serverMeta.has(name) && value !== undefined) {
          visit(value, ["f:metadata", `f:${name}`], ["metadata", name]);
        }
      }
    } else visit(child, [`f:${field}`], [field]);
  }
  return leaves;
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
