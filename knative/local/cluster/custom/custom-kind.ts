import type { JsonRecord } from "../kube-object.ts";
import type { Column } from "../columns/column.ts";

/** A structural schema, as a CustomResourceDefinition has it: what is not known is not looked at. */
export type Schema = JsonRecord;

/** Where a custom resource keeps what a Scale shows: names of fields. */
export type ScalePaths = {
  replicas: readonly string[];
  statusReplicas: readonly string[];
  /** Null: it has no selector. */
  selector: readonly string[] | null;
};

/** What the version of a definition says of its objects. */
export type CustomKind = {
  schema: Schema;
  columns: readonly Column[];
  scale: ScalePaths | null;
};
