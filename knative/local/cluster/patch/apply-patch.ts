import { deepEqual } from "../deep-equal.ts";
import { isRecord } from "../kube-object.ts";
import type { JsonRecord, KubeObject, ManagedFields } from "../kube-object.ts";
import { StatusError } from "../status-error.ts";
import { DEFAULT_KEYS, displayPath, fromFieldsV1, parsePath, withoutPath } from "./field-set.ts";
import { leavesOf } from "./leaves.ts";
import { reassign, sameWriter } from "./managed-fields.ts";
import type { Writer } from "./managed-fields.ts";
import type { FieldPath } from "./field-set.ts";
import type { Shape } from "./shape.ts";

function merge(
  live: unknown,
  applied: unknown,
  names: readonly string[],
  shape: Shape,
  isItem = false,
): unknown {
  if (isRecord(applied)) {
    if (shape.isAtomic(names) && !isItem) return applied;
    const merged: JsonRecord = isRecord(live) ? { ...live } : {};
    for (const [field, value] of Object.entries(applied)) {
      const present = Object.hasOwn(merged, field) ? merged[field] : undefined;
      merged[field] = merge(present, value, [...names, field], shape);
    }
    return merged;
  }
  if (!Array.isArray(applied) || !Array.isArray(live)) return applied;
  if (shape.isSet(names)) return inOrder(live, applied, deepEqual, (_old, item) => item);
  const keys = shape.keysOf(names);
  if (keys === null) return applied;
  const keyOf = (item: JsonRecord, key: string): unknown => item[key] ?? DEFAULT_KEYS[key];
  const isSame = (left: unknown, right: unknown): boolean =>
    isRecord(left) &&
    isRecord(right) &&
    keys.every((key) => keyOf(left, key) === keyOf(right, key));
  return inOrder(live, applied, isSame, (old, item) => merge(old, item, names, shape, true));
}

/**
 * Two lists as one: the order is that of what is applied, and what is only live stays before what
 * it stood before (structured-merge-diff).
 */
function inOrder(
  live: readonly unknown[],
  applied: readonly unknown[],
  isSame: (left: unknown, right: unknown) => boolean,
  both: (old: unknown, item: unknown) => unknown,
): unknown[] {
  const merged: unknown[] = [];
  const waiting = [...live];
  const isApplied = (old: unknown): boolean => applied.some((item) => isSame(old, item));
  const passed: unknown[] = [];
  for (const item of applied) {
    while (waiting.length > 0) {
      const [old] = waiting;
      if (!isApplied(old)) merged.push(old);
      else if (!passed.some((each) => isSame(each, old))) break;
      waiting.shift();
    }
    const old = live.find((each) => isSame(each, item));
    merged.push(old === undefined ? item : both(old, item));
    passed.push(item);
  }
  return [...merged, ...waiting.filter((old) => !isApplied(old))];
}

type Found = { path: string; entry: ManagedFields };

function conflicts(
  live: KubeObject,
  wanted: ReadonlyMap<string, unknown>,
  writer: Writer,
  shape: Shape,
): Found[] {
  const now = leavesOf(live, { operation: "Apply", shape });
  const others = (live.metadata.managedFields ?? [])
    .filter((entry) => !sameWriter(entry, writer))
    .map((entry) => ({ entry, paths: fromFieldsV1(entry.fieldsV1) }));
  return [...wanted].flatMap(([path, value]) => {
    if (!now.has(path) || deepEqual(now.get(path), value)) return [];
    return others.filter(({ paths }) => paths.has(path)).map(({ entry }) => ({ path, entry }));
  });
}

function told({ manager, operation, apiVersion, subresource }: ManagedFields): string {
  const part = subresource === undefined ? "" : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(manager)}${part}${operation === "Update" ? ` using ${apiVersion}` : ""}`;
}

function refuse(found: readonly Found[]): never {
  const causes = found.map(({ path, entry }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${told(entry)}`,
    field: displayPath(path),
  }));
  const [first] = causes;
  const lines = [...new Set(found.map(({ entry }) => told(entry)))]
    .toSorted()
    .flatMap((manager) => [
      `conflicts with ${manager}:`,
      ...found
        .filter(({ entry }) => told(entry) === manager)
        .map(({ path }) => `- ${displayPath(path)}`),
    ]);
  const message =
    causes.length === 1
      ? `Apply failed with 1 conflict: ${first?.message}: ${first?.field}`
      : `Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`;
  throw new StatusError(409, "Conflict", message, { causes });
}

/**
 * Of the paths that nobody owns any more, those that are taken away: an item of a list as a whole
 * when nobody has it, and never the keys of one that stays.
 */
function toRemove(dropped: readonly FieldPath[]): FieldPath[] {
  const items = dropped.flatMap((path) =>
    path.at(-1) === "." && path.at(-2)?.startsWith("k:") === true ? [path.slice(0, -1)] : [],
  );
  const starts = new Set(items.map((path) => JSON.stringify(path)));
  const isInside = (path: FieldPath): boolean =>
    path.some((_step, index) => index > 0 && starts.has(JSON.stringify(path.slice(0, index))));
  const rest = dropped.filter((path) => path.at(-1) !== "." && !isInside(path) && !isKey(path));
  return [...items.filter((path) => !isInside(path)), ...rest];
}

/** Whether a path is that of a field by which an item is known. */
function isKey(path: FieldPath): boolean {
  const [item = "", field = ""] = path.slice(-2);
  if (!item.startsWith("k:")) return false;
  const key: unknown = JSON.parse(item.slice(2));
  return isRecord(key) && Object.hasOwn(key, field.slice(2));
}

/**
 * Server-side apply: `applied` is all that `writer` wants to own. Fields it no longer names and
 * nobody else owns are removed; a field with another value that someone else owns is a conflict
 * unless `force`. `shape`: how the kind is put together.
 * @throws StatusError 409 with one cause per conflicting field.
 */
export function applyPatch(
  live: KubeObject | undefined,
  applied: KubeObject,
  writer: Writer,
  { force, shape }: { force: boolean; shape: Shape },
): KubeObject {
  const wanted = leavesOf(applied, { operation: "Apply", shape });
  const entries = live?.metadata.managedFields ?? [];
  const found = live === undefined ? [] : conflicts(live, wanted, writer, shape);
  if (found.length > 0 && !force) refuse(found);
  const mine = entries.find((entry) => sameWriter(entry, writer));
  const others = new Set(
    entries
      .filter((entry) => !sameWriter(entry, writer))
      .flatMap((entry) => [...fromFieldsV1(entry.fieldsV1)]),
  );
  const dropped = [...(mine === undefined ? [] : fromFieldsV1(mine.fieldsV1))].filter(
    (path) => !wanted.has(path) && !others.has(path),
  );
  let merged: unknown = merge(live ?? {}, applied, [], shape);
  for (const path of toRemove(dropped.map(parsePath))) merged = withoutPath(merged, path);
  const result = merged as KubeObject;
  const managedFields = reassign(
    entries,
    writer,
    applied.apiVersion,
    new Set(wanted.keys()),
    new Set(found.map(({ path }) => path)),
  );
  return { ...result, metadata: { ...result.metadata, managedFields } };
}
