import type { KubeObject } from "../kube-object.ts";
import { ageOf, numberAt, textAt } from "../table-cells.ts";

/** One column of a table as kubectl prints it. */
export type Column = {
  name: string;
  cell: (object: KubeObject, nowMs: number) => string | number;
  /** Only with `-o wide`. */
  wide?: boolean;
  type?: "integer" | "string";
};

export const name: Column = { name: "Name", cell: ({ metadata }) => metadata.name };
export const age: Column = {
  name: "Age",
  cell: ({ metadata }, nowMs) => ageOf(metadata.creationTimestamp, nowMs),
};

export const text = (title: string, path: string, none = "<none>"): Column => ({
  name: title,
  cell: (object) => textAt(object, path, none),
});
export const wide = (column: Column): Column => ({ ...column, wide: true });
export const count = (title: string, path: string): Column => ({
  name: title,
  type: "integer",
  cell: (object) => numberAt(object, path),
});
export const size = (title: string, field: string): Column => ({
  name: title,
  type: "integer",
  cell: (object) => Object.keys(Object(object[field] ?? {})).length,
});
