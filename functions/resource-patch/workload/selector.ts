import type { V1LabelSelector } from "@kubernetes/client-node";

/** A label selector as a query has it; empty for one that selects everything. */
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
