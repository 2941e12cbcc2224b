import { isRecord } from "../kube-object.ts";
import type { JsonRecord } from "../kube-object.ts";
import { isAtomic, isSetList, ownedKeysOf } from "./list-keys.ts";

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

/** Parts that an object has before anything is written into it: nobody is the one who added them. */
const skeletons = {
  builtin: new Set([
    "spec",
    "spec/containers",
    "spec/strategy",
    "spec/updateStrategy",
    "spec/jobTemplate",
    "spec/jobTemplate/spec",
    ...["spec/template", "spec/jobTemplate/spec/template"].flatMap((template) => [
      template,
      `${template}/metadata`,
      `${template}/spec`,
      `${template}/spec/containers`,
    ]),
    "spec/jobTemplate/metadata",
    "status",
  ]),
  custom: new Set<string>(),
};

/** As which operation leaves are looked at: who applies names no parents but the items of lists. */
export type LeafMode = { operation: "Apply" | "Update"; builtin: boolean };

type Step = { value: unknown; twin: unknown; path: string[]; names: string[] };

const itemKey = (item: JsonRecord, keys: readonly string[]): string =>
  `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, item[key] ?? DEFAULT_KEYS[key]])))}`;

/** Of a port that says none. */
const DEFAULT_KEYS: Readonly<Record<string, string>> = { protocol: "TCP" };

/**
 * Every leaf of `object` with its value, by path; a step "." stands for the parent itself. A list
 * whose items have no keys is one leaf, a set of texts one for each. Parts that are one and the same
 * value in `twin` are passed over: a write leaves most of an object as it was.
 */
export function leavesOf(
  object: JsonRecord,
  { operation, builtin }: LeafMode,
  twin?: JsonRecord,
): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const skeleton = builtin ? skeletons.builtin : skeletons.custom;
  const owned = (path: string[], names: readonly string[]): void => {
    if (operation === "Update" && !skeleton.has(names.join("/"))) {
      leaves.set(JSON.stringify([...path, "."]), true);
    }
  };
  const visit = ({ value, twin: other, path, names }: Step): void => {
    if (value === other) return;
    const keys = Array.isArray(value) ? ownedKeysOf(names) : null;
    if (isRecord(value) && Object.keys(value).length > 0 && !isAtomic(names)) {
      owned(path, names);
      for (const [field, child] of Object.entries(value)) {
        if (child === undefined) continue;
        visit({
          value: child,
          twin: fieldOf(other, field),
          path: [...path, `f:${field}`],
          names: [...names, field],
        });
      }
    } else if (keys !== null && isKeyed(value, keys[0])) {
      owned(path, names);
      for (const item of value) {
        const here = [...path, itemKey(item, keys)];
        leaves.set(JSON.stringify([...here, "."]), true);
        for (const [field, child] of Object.entries(item)) {
          visit({
            value: child,
            twin: undefined,
            path: [...here, `f:${field}`],
            names: [...names, field],
          });
        }
      }
    } else if (isSetList(names) && Array.isArray(value) && value.length > 0) {
      owned(path, names);
      for (const item of value)
        leaves.set(JSON.stringify([...path, `v:${JSON.stringify(item)}`]), true);
    } else {
      leaves.set(JSON.stringify(path), value);
    }
  };
  for (const [field, child] of Object.entries(object)) {
    const other = fieldOf(twin, field);
    if (field === "apiVersion" || field === "kind" || child === undefined) continue;
    if (field === "metadata" && isRecord(child)) {
      for (const [name, value] of Object.entries(child)) {
        if (!serverMeta.has(name) && value !== undefined) {
          visit({
            value,
            twin: fieldOf(other, name),
            path: ["f:metadata", `f:${name}`],
            names: ["metadata", name],
          });
        }
      }
    } else visit({ value: child, twin: other, path: [`f:${field}`], names: [field] });
  }
  return leaves;
}

const fieldOf = (value: unknown, field: string): unknown =>
  isRecord(value) && Object.hasOwn(value, field) ? value[field] : undefined;

function isKeyed(value: unknown, key: string | undefined): value is JsonRecord[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => isRecord(item) && key !== undefined && item[key] !== undefined)
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

/** The leaf paths of `fieldsV1`, with "." for a parent that is owned itself. */
export function fromFieldsV1(fields: unknown): Set<string> {
  const paths = new Set<string>();
  const visit = (value: unknown, path: string[]): void => {
    const entries = isRecord(value) ? Object.entries(value) : [];
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
      if (step === ".") return "";
      const key: unknown = JSON.parse(step.slice(2));
      if (!isRecord(key)) return `[=${JSON.stringify(key)}]`;
      const parts = Object.entries(key).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      return `[${parts.join(",")}]`;
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
  if (step.startsWith("v:") && Array.isArray(value)) {
    const item: unknown = JSON.parse(step.slice(2));
    return value.filter((each: unknown) => each !== item);
  }
  if (step.startsWith("k:") && Array.isArray(value)) {
    const key: unknown = JSON.parse(step.slice(2));
    const parts = isRecord(key) ? Object.entries(key) : [];
    if (parts.length === 0) return value;
    return value.flatMap((item: unknown) => {
      const isMeant =
        isRecord(item) &&
        parts.every(([name, part]) => (item[name] ?? DEFAULT_KEYS[name]) === part);
      if (!isMeant) return [item];
      const left = withoutPath(item, rest);
      // What is left of an item when its owner has dropped it is just the key.
      const keyOnly =
        isRecord(left) &&
        Object.keys(left).every((field) => parts.some(([name]) => name === field));
      return left === undefined || keyOnly ? [] : [left];
    });
  }
  return value;
}
