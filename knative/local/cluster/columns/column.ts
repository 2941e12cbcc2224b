import type { KubeObject } from "../kube-object.ts";
import { at, isRecord, textOf } from "../kube-object.ts";
import { ageOf, listAt, numberAt, textAt } from "../table-cells.ts";

/** One column of a table as kubectl prints it. */
export type Column = {
  name: string;
  cell: (object: KubeObject, nowMs: number) => string | number | boolean | null;
  /** Called Name, and not what kubectl takes for one (a Scale's). */
  isPlain?: boolean;
  /** Only with `-o wide`. */
  wide?: boolean;
  type?: string;
  format?: string;
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
  ...numeral(title, path),
  type: "integer",
});
/** A number that the API server says is a text. */
export const numeral = (title: string, path: string): Column => ({
  name: title,
  cell: (object) => numberAt(object, path),
});
export const size = (title: string, ...fields: string[]): Column => ({
  name: title,
  cell: (object) =>
    fields.reduce((sum, field) => sum + Object.keys(Object(object[field] ?? {})).length, 0),
});

/** The names and the images of the containers of a pod's spec, wide. */
export const containers = (spec: string): Column[] =>
  (["name", "image"] as const).map((field) =>
    wide({
      name: field === "name" ? "Containers" : "Images",
      cell: (object) =>
        listAt(object, `${spec}.containers`)
          .map((item) => textAt(item, field))
          .join(","),
    }),
  );

/** `a=b,c=d` of a plain map of labels (`labels.FormatLabels`). */
export const labelsText = (labels: unknown): string =>
  Object.entries(isRecord(labels) ? labels : {})
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",") || "<none>";

/** A label selector as text (`metav1.FormatLabelSelector`). */
export function selectorText(selector: unknown): string {
  const equal = Object.entries(Object(at(selector, "matchLabels") ?? {})).map(
    ([key, value]) => [key, `${key}=${String(value)}`] as const,
  );
  const said = listAt(selector, "matchExpressions").map((expression) => {
    const key = textAt(expression, "key", "");
    const values = listAt(expression, "values").map(textOf).toSorted().join(",");
    switch (textAt(expression, "operator", "")) {
      case "In":
        return [key, `${key} in (${values})`] as const;
      case "NotIn":
        return [key, `${key} notin (${values})`] as const;
      case "DoesNotExist":
        return [key, `!${key}`] as const;
      default:
        return [key, key] as const;
    }
  });
  const all = [...equal, ...said].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return all.map(([, text]) => text).join(",") || "<none>";
}

export const selector: Column = wide({
  name: "Selector",
  cell: (object) => selectorText(at(object, "spec", "selector")),
});

/** The first ones, and how many there are beyond. */
export const firstOf = (items: readonly string[], most: number, separator = ","): string =>
  items.length > most
    ? `${items.slice(0, most).join(separator)} + ${items.length - most} more...`
    : items.join(separator);
