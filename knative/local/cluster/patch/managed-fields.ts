import { deepEqual } from "../deep-equal.ts";
import type { KubeObject, ManagedFields } from "../kube-object.ts";
import { differingLeaves, fromFieldsV1, hasLeaf, leavesOf, toFieldsV1 } from "./field-set.ts";

export type Writer = {
  manager: string;
  operation: "Apply" | "Update";
  /** RFC 3339. */
  time: string;
  subresource?: string;
};

export const sameWriter = (entry: ManagedFields, writer: Writer): boolean =>
  entry.manager === writer.manager &&
  entry.operation === writer.operation &&
  (entry.subresource ?? "") === (writer.subresource ?? "");

function entryOf(writer: Writer, apiVersion: string, paths: Iterable<string>): ManagedFields {
  return {
    manager: writer.manager,
    operation: writer.operation,
    apiVersion,
    time: writer.time,
    fieldsType: "FieldsV1",
    fieldsV1: toFieldsV1(paths),
    ...(writer.subresource === undefined ? {} : { subresource: writer.subresource }),
  };
}

/** `entries` after `writer` has taken `taken` (from everyone else too) and let go of `released`. */
export function reassign(
  entries: readonly ManagedFields[],
  writer: Writer,
  apiVersion: string,
  owned: ReadonlySet<string>,
  takenFromOthers: ReadonlySet<string>,
): ManagedFields[] {
  const others = entries
    .filter((entry) => !sameWriter(entry, writer))
    .flatMap((entry) => {
      const paths = fromFieldsV1(entry.fieldsV1);
      const kept = [...paths].filter((path) => !takenFromOthers.has(path));
      if (kept.length === 0) return [];
      return kept.length === paths.size ? [entry] : [{ ...entry, fieldsV1: toFieldsV1(kept) }];
    });
  return owned.size === 0 ? others : [...others, entryOf(writer, apiVersion, owned)];
}

/**
 * Ownership after a create, update or patch: the writer owns the leaves whose value it changed,
 * beside those it had. Simplified: leaves only, lists without a merge key are one leaf.
 */
export function trackUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  writer: Writer,
): KubeObject {
  const { old, now } =
    before === undefined
      ? { old: new Map<string, unknown>(), now: leavesOf(after) }
      : differingLeaves(before, after);
  const changed = new Set(
    [...now].flatMap(([path, value]) =>
      old.has(path) && deepEqual(old.get(path), value) ? [] : [path],
    ),
  );
  const removed = [...old.keys()].filter((path) => !now.has(path));
  if (before !== undefined && changed.size === 0 && removed.length === 0) return after;
  const entries = before?.metadata.managedFields ?? [];
  const mine = entries.find((entry) => sameWriter(entry, writer));
  const owned = new Set([
    ...[...(mine === undefined ? [] : fromFieldsV1(mine.fieldsV1))].filter((path) =>
      hasLeaf(after, path),
    ),
    ...changed,
  ]);
  return {
    ...after,
    metadata: {
      ...after.metadata,
      managedFields: reassign(
        entries,
        writer,
        after.apiVersion,
        owned,
        new Set([...changed, ...removed]),
      ),
    },
  };
}
