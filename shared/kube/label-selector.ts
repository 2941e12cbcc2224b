import type { V1LabelSelector } from "@kubernetes/client-node";

/** One line of a selector: of labels, or of a node's affinity, which has Gt and Lt besides. */
export type Requirement = { key: string; operator: string; values?: readonly string[] };

type Labels = Readonly<Record<string, string>>;

/** Whole numbers of 64 bits at most; labels that are none have no order, and never match. */
const WHOLE = /^-?\d{1,18}$/;

/** Whether a value, undefined where there is none, meets a line. No other operator is ever met. */
export function meets(value: string | undefined, { operator, values = [] }: Requirement): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt": {
      const [limit = ""] = values;
      if (value === undefined || !WHOLE.test(value) || !WHOLE.test(limit)) return false;
      return operator === "Gt" ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit);
    }
    default:
      return false;
  }
}

/** The value of a label; undefined where there is none, whatever the key is called. */
export function labelOf(labels: Labels | undefined, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** Whether an object with these labels is selected. An empty selector takes everything. */
export function isSelected(
  labels: Labels,
  { matchLabels = {}, matchExpressions = [] }: V1LabelSelector,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    matchExpressions.every((line) => meets(labelOf(labels, line.key), line))
  );
}

/** As a query has it, `app=web,tier in (a,b),!old`; empty for one that selects everything. */
export function selectorText({
  matchLabels = {},
  matchExpressions = [],
}: V1LabelSelector = {}): string {
  const parts = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values = [] } of matchExpressions) {
    if (operator === "Exists") parts.push(key);
    else if (operator === "DoesNotExist") parts.push(`!${key}`);
    else parts.push(`${key} ${operator === "In" ? "in" : "notin"} (${values.join(",")})`);
  }
  return parts.join(",");
}
