import { deepEqual } from "../deep-equal.ts";
import { at, isRecord } from "../kube-object.ts";
import type { JsonRecord, KubeObject, ManagedFields } from "../kube-object.ts";
import { fromFieldsV1, toFieldsV1 } from "./field-set.ts";
import type { Shape } from "./shape.ts";
import { differingLeaves, hasLeaf, leavesOf } from "./leaves.ts";

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

/** Who applied before who updated, the older first: the order of the API server. */
function inOrder(left: ManagedFields, right: ManagedFields): number {
  const key = ({ operation, time = "", manager, subresource = "" }: ManagedFields): string =>
    [operation, time, manager, subresource].join("\0");
  return key(left) < key(right) ? -1 : 1;
}

/** `entries` after `writer` has come to own `owned` and taken `takenFromOthers` from everyone else. */
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
  if (owned.size === 0) return others.toSorted(inOrder);
  const mine = entries.find((entry) => sameWriter(entry, writer));
  const next = entryOf(writer, apiVersion, owned);
  // Its time is that of the last change of what is owned.
  const entry = mine !== undefined && deepEqual(mine.fieldsV1, next.fieldsV1) ? mine : next;
  return [...others, entry].toSorted(inOrder);
}

/**
 * Ownership after a create, update or patch: the writer owns the leaves whose value it changed,
 * beside those it had.
 */
export function trackUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  writer: Writer,
  shape: Shape,
): KubeObject {
  const mode = { operation: "Update", shape } as const;
  const { old, now } =
    before === undefined
      ? { old: new Map<string, unknown>(), now: leavesOf(after, mode) }
      : differingLeaves(before, after, mode);
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
      hasLeaf(after, path, mode),
    ),
    ...changed,
  ]);
  const taken = new Set([...changed, ...removed]);
  const managedFields = reassign(entries, writer, after.apiVersion, owned, taken);
  return { ...after, metadata: { ...after.metadata, managedFields } };
}

/** What admission writes into a pod, and not who creates it. */
const admitted: readonly string[] = [
  "preemptionPolicy",
  "priority",
  "serviceAccount",
  "serviceAccountName",
  "tolerations",
];

/** A new object with the ownership of who creates it: not of its status, nor of what admission adds. */
export function trackCreate(
  given: KubeObject,
  object: KubeObject,
  writer: Writer,
  { shape, hasStatus }: { shape: Shape; hasStatus: boolean },
): KubeObject {
  const { status: _status, ...rest } = object;
  const spec = object["spec"];
  const added =
    object.kind === "Pod" ? admitted.filter((field) => at(given, "spec", field) === undefined) : [];
  const owned = {
    ...(hasStatus ? rest : object),
    ...(isRecord(spec) && added.length > 0 ? { spec: without(spec, added) } : {}),
  } as KubeObject;
  const { managedFields } = trackUpdate(undefined, owned, writer, shape).metadata;
  if (managedFields === undefined || managedFields.length === 0) return object;
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

const without = (record: JsonRecord, fields: readonly string[]): JsonRecord =>
  Object.fromEntries(Object.entries(record).filter(([field]) => !fields.includes(field)));
