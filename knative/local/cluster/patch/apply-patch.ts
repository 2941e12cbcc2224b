import { deepEqual } from "../deep-equal.ts";
import { isRecord } from "../kube-object.ts";
import type { JsonRecord, KubeObject, ManagedFields } from "../kube-object.ts";
import { StatusError } from "../status-error.ts";
import { displayPath, fromFieldsV1, parsePath, withoutPath } from "./field-set.ts";
import { leavesOf } from "./leaves.ts";
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

type Found = { path: string; entry: ManagedFields };

function conflicts(
  live: KubeObject,
  wanted: ReadonlyMap<string, unknown>,
  writer: Writer,
  builtin: boolean,
): Found[] {
  const now = leavesOf(live, { operation: "Apply", builtin });
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
 * Server-side apply: `applied` is all that `writer` wants to own. Fields it no longer names and
 * nobody else owns are removed; a field with another value that someone else owns is a conflict
 * unless `force`. List kinds are those of built-in types.
 * @throws StatusError 409 with one cause per conflicting field.
 */
export function applyPatch(
  live: KubeObject | undefined,
  applied: KubeObject,
  writer: Writer,
  { force, builtin }: { force: boolean; builtin: boolean },
): KubeObject {
  const wanted = leavesOf(applied, { operation: "Apply", builtin });
  const entries = live?.metadata.managedFields ?? [];
  const found = live === undefined ? [] : conflicts(live, wanted, writer, builtin);
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
  for (const path of dropped.map(parsePath)) {
    if (path.at(-1) !== ".") merged = withoutPath(merged, path);
  }
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
