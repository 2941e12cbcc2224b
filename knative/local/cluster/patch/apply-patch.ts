import { deepEqual } from "../deep-equal.ts";
import { isRecord } from "../kube-object.ts";
import type { JsonRecord, KubeObject } from "../kube-object.ts";
import { StatusError } from "../status-error.ts";
import { displayPath, fromFieldsV1, leavesOf, parsePath, withoutPath } from "./field-set.ts";
import { reassign, sameWriter } from "./managed-fields.ts";
import type { Writer } from "./managed-fields.ts";
import { mergeKeyOf } from "./list-keys.ts";

function merge(live: unknown, applied: unknown, names: readonly string[]): unknown {
  if (isRecord(applied)) {
    const merged: JsonRecord = isRecord(live) ? { ...live } : {};
    for (const [field, value] of Object.entries(applied)) {
      const present = Object.hasOwn(merged, field) ? merged[field] : undefined;
      merged[field] = merge(present, value, [...names, field]);
    }
    return merged;
  }
  const key = Array.isArray(applied) ? mergeKeyOf(names) : null;
  if (!Array.isArray(applied) || key === null || !Array.isArray(live)) return applied;
  const merged: unknown[] = [...live];
  for (const item of applied) {
    const identity = isRecord(item) ? item[key] : undefined;
    const index = merged.findIndex((old) => isRecord(old) && old[key] === identity);
    if (identity === undefined || index < 0) merged.push(item);
    else merged[index] = merge(merged[index], item, names);
  }
  return merged;
}

function conflicts(
  live: KubeObject,
  wanted: ReadonlyMap<string, unknown>,
  writer: Writer,
): { path: string; manager: string; apiVersion: string }[] {
  const now = leavesOf(live);
  const others = (live.metadata.managedFields ?? [])
    .filter((entry) => !sameWriter(entry, writer))
    .map((entry) => ({ entry, paths: fromFieldsV1(entry.fieldsV1) }));
  return [...wanted].flatMap(([path, value]) => {
    if (!now.has(path) || deepEqual(now.get(path), value)) return [];
    return others
      .filter(({ paths }) => paths.has(path))
      .map(({ entry }) => ({ path, manager: entry.manager, apiVersion: entry.apiVersion }));
  });
}

function refuse(found: { path: string; manager: string; apiVersion: string }[]): never {
  const causes = found.map(({ path, manager, apiVersion }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with "${manager}" using ${apiVersion}`,
    field: displayPath(path),
  }));
  const lines = causes.map(({ message, field }) => `${message}: ${field}`);
  throw new StatusError(
    409,
    "Conflict",
    `Apply failed with ${causes.length} conflict${causes.length === 1 ? "" : "s"}: ${lines.join(", ")}`,
    { causes },
  );
}

/**
 * Server-side apply: `applied` is all that `writer` wants to own. Fields it no longer names and
 * nobody else owns are removed; a field with another value that someone else owns is a conflict
 * unless `force`. Simplified: ownership of leaves, list kinds by the merge keys of built-in types.
 * @throws StatusError 409 with one cause per conflicting field.
 */
export function applyPatch(
  live: KubeObject | undefined,
  applied: KubeObject,
  writer: Writer,
  force: boolean,
): KubeObject {
  const wanted = leavesOf(applied);
  const entries = live?.metadata.managedFields ?? [];
  const found = live === undefined ? [] : conflicts(live, wanted, writer);
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
  let merged: unknown = merge(live ?? {}, applied, []);
  for (const path of dropped) merged = withoutPath(merged, parsePath(path));
  const result = merged as KubeObject;
  return {
    ...result,
    metadata: {
      ...result.metadata,
      managedFields: reassign(
        entries,
        writer,
        applied.apiVersion,
        new Set(wanted.keys()),
        new Set(found.map(({ path }) => path)),
      ),
    },
  };
}
