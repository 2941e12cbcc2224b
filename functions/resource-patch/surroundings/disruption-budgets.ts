import type { V1LabelSelector, V1PodDisruptionBudget } from "@kubernetes/client-node";
import type { Surroundings } from "../../../shared/events/surroundings.ts";
import type { Pod } from "../pod-facts.ts";

type Labels = Readonly<Record<string, string>>;

/** The budgets that select the pod. One whose controller has not looked yet allows nothing. */
export function budgetsOf(
  { metadata }: Pod,
  budgets: readonly V1PodDisruptionBudget[],
): NonNullable<Surroundings["disruptionBudgets"]> {
  return budgets
    .filter(({ spec }) => selects(spec?.selector, metadata.labels ?? {}))
    .map((budget) => ({
      name: budget.metadata?.name ?? "",
      disruptionsAllowed: Math.max(0, budget.status?.disruptionsAllowed ?? 0),
    }));
}

/** In policy/v1 an empty selector takes every pod of the namespace, an absent one none. */
function selects(selector: V1LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  const of = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => of(key) === value) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = of(key);
      switch (operator) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        default:
          return operator === "DoesNotExist" && value === undefined;
      }
    })
  );
}
