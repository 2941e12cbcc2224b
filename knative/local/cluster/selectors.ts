import { labelOf, meets } from "../../../shared/kube/label-selector.ts";
import { matchesFields, parseFieldSelector } from "./field-selector.ts";
import type { Selectable } from "./field-selector.ts";
import { at } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { parseLabelSelector } from "./label-selector.ts";
import type { LabelRequirement } from "./label-selector.ts";

export const matchesLabels = (
  labels: Readonly<Record<string, string>> | undefined,
  requirements: readonly LabelRequirement[],
): boolean => requirements.every((line) => meets(labelOf(labels, line.key), line));

/** What a list or a watch lets through. */
export type ObjectFilter = (object: KubeObject) => boolean;

export function parseFilter(
  labelSelector: string,
  fieldSelector: string,
  resource: Selectable,
): ObjectFilter {
  const labels = parseLabelSelector(labelSelector);
  const fields = parseFieldSelector(fieldSelector, resource);
  return (object) => matchesLabels(object.metadata.labels, labels) && matchesFields(object, fields);
}

/** A `metav1.LabelSelector` of a workload as requirements; null when it is absent. */
export function requirementsOf(selector: unknown): LabelRequirement[] | null {
  if (typeof selector !== "object" || selector === null) return null;
  const matchLabels = Object.entries(at(selector, "matchLabels") ?? {}).map(([key, value]) => ({
    key,
    operator: "In" as const,
    values: [String(value)],
  }));
  const expressions = at(selector, "matchExpressions");
  const matchExpressions = (Array.isArray(expressions) ? expressions : []).flatMap(
    (expression): LabelRequirement[] => {
      const operator = at(expression, "operator");
      if (
        operator !== "In" &&
        operator !== "NotIn" &&
        operator !== "Exists" &&
        operator !== "DoesNotExist"
      ) {
        return [];
      }
      const values = at(expression, "values");
      return [
        {
          key: String(at(expression, "key")),
          operator,
          values: Array.isArray(values) ? values.map(String) : [],
        },
      ];
    },
  );
  return [...matchLabels, ...matchExpressions];
}
