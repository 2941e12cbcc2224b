import { isRecord } from "../kube-object.ts";
import type { JsonRecord } from "../kube-object.ts";

/** One step into an object: `f:name` a field, `k:{"name":"app"}` an item of a keyed list. */
export type FieldPath = readonly string[];

/** Of a port that says none. */
export const DEFAULT_KEYS: Readonly<Record<string, string>> = { protocol: "TCP" };

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
    return orNone(value.filter((each: unknown) => each !== item));
  }
  if (step.startsWith("k:") && Array.isArray(value)) {
    const key: unknown = JSON.parse(step.slice(2));
    const parts = isRecord(key) ? Object.entries(key) : [];
    if (parts.length === 0) return value;
    const left = value.flatMap((item: unknown) => {
      const isMeant =
        isRecord(item) &&
        parts.every(([name, part]) => (item[name] ?? DEFAULT_KEYS[name]) === part);
      if (!isMeant) return [item];
      const kept = withoutPath(item, rest);
      return kept === undefined ? [] : [kept];
    });
    return orNone(left);
  }
  return value;
}

const orNone = (list: readonly unknown[]): unknown => (list.length === 0 ? undefined : list);
