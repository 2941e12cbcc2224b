import type { JsonRecord, KubeObject } from "./kube-object.ts";
import type { Column } from "./columns/column.ts";
import { columnsOf } from "./columns/columns-of.ts";
import type { Resource } from "./resource.ts";

export type TableContext = { nowMs: number; includeObject: string };

function attached(object: KubeObject, includeObject: string): unknown {
  if (includeObject === "None") return null;
  if (includeObject === "Object") return object;
  return {
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: object.metadata,
  };
}

/** The `meta.k8s.io/v1` Table that `kubectl get` prints. */
export function tableOf(
  resource: Resource,
  objects: readonly KubeObject[],
  context: TableContext,
  metadata: JsonRecord,
  withColumns: boolean,
): JsonRecord {
  return tableWith(columnsOf(resource), objects, context, metadata, withColumns);
}

/** The same with other columns than those of a kind. */
export function tableWith(
  columns: readonly Column[],
  objects: readonly KubeObject[],
  { nowMs, includeObject }: TableContext,
  metadata: JsonRecord,
  withColumns: boolean,
): JsonRecord {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: withColumns
      ? columns.map(({ name, wide, type, format, isPlain = false }) => ({
          name,
          type: type ?? "string",
          format: format ?? (name === "Name" && !isPlain ? "name" : ""),
          description: name,
          priority: wide === true ? 1 : 0,
        }))
      : null,
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, nowMs)),
      object: attached(object, includeObject),
    })),
  };
}
