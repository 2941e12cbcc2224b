import type { V1PodDisruptionBudget } from "@kubernetes/client-node";
import type { Surroundings } from "../../../shared/events/surroundings.ts";
import { isSelected } from "../../../shared/kube/label-selector.ts";
import type { Pod } from "../pod-facts.ts";

/** The budgets that select the pod. One whose controller has not looked yet allows nothing. */
export function budgetsOf(
  { metadata }: Pod,
  budgets: readonly V1PodDisruptionBudget[],
): NonNullable<Surroundings["disruptionBudgets"]> {
  const labels = metadata.labels ?? {};
  return budgets
    .filter(({ spec }) => {
      // In policy/v1 an empty selector takes every pod of the namespace, an absent one none.
      return spec?.selector !== undefined && isSelected(labels, spec.selector);
    })
    .map((budget) => ({
      name: budget.metadata?.name ?? "",
      disruptionsAllowed: Math.max(0, budget.status?.disruptionsAllowed ?? 0),
    }));
}
