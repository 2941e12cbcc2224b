import { at, textOf } from "./kube-object.ts";
import type { JsonRecord, KubeObject } from "./kube-object.ts";
import { isFinished } from "./pod-resources.ts";
import { isReady } from "./pod-status.ts";
import { podDisruptionBudgets, pods, resources } from "./resources.ts";
import { matchesLabels, requirementsOf } from "./selectors.ts";
import { StatusError, unexplained } from "./status-error.ts";
import type { Store } from "./store.ts";
import { isTerminating } from "./workload-status.ts";
import type { Pod } from "./workload-types.ts";

const selects = (budget: KubeObject, pod: KubeObject): boolean => {
  const requirements = requirementsOf(at(budget, "spec", "selector"));
  return requirements !== null && matchesLabels(pod.metadata.labels, requirements);
};

/** The budgets that protect a pod. */
const budgetsOf = (store: Store, pod: KubeObject): KubeObject[] =>
  store
    .objects(podDisruptionBudgets, pod.metadata.namespace)
    .filter((budget) => selects(budget, pod));

/**
 * Lets an eviction happen only while the pod's budget allows one more.
 * @throws StatusError 429, or 500 for a pod of two budgets, in the words of the eviction API.
 */
export function refuseDisruption(store: Store, pod: KubeObject): void {
  const [budget, ...others] = budgetsOf(store, pod);
  if (budget === undefined) return;
  if (others.length > 0) {
    throw unexplained(
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    );
  }
  const { disruptionsAllowed, desiredHealthy, currentHealthy } = budgetStatus(store, budget);
  if (Number(disruptionsAllowed) > 0) return;
  throw new StatusError(
    429,
    "TooManyRequests",
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      causes: [
        {
          reason: "DisruptionBudget",
          message: `The disruption budget ${budget.metadata.name} needs ${textOf(desiredHealthy)} healthy pods and has ${textOf(currentHealthy)} currently`,
        },
      ],
    },
  );
}

/** As many pods as the controllers of the selected ones are to have; a bare pod is one. */
function expectedPods(store: Store, selected: readonly Pod[]): number {
  const counted = new Map<string, number>();
  for (const { metadata } of selected) {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
    const resource = resources.find(
      ({ kind, group }) => kind === owner?.kind && owner.apiVersion.startsWith(`${group}/`),
    );
    const object =
      owner === undefined || resource === undefined
        ? undefined
        : store.get(resource, metadata.namespace, owner.name);
    const replicas =
      at(object, "spec", "replicas") ?? at(object, "status", "desiredNumberScheduled");
    counted.set(owner?.uid ?? metadata.uid ?? "", Number(replicas ?? 1));
  }
  return [...counted.values()].reduce((sum, count) => sum + count, 0);
}

/** Percentages round up for both, as the disruption controller does. */
function shareOf(value: unknown, total: number): number {
  const percent = typeof value === "string" ? /^(\d{1,3})%$/.exec(value)?.[1] : undefined;
  return percent === undefined ? Number(value) : Math.ceil((Number(percent) / 100) * total);
}

/** The status of a PodDisruptionBudget, by the arithmetic of pkg/controller/disruption. */
export function budgetStatus(store: Store, budget: KubeObject): JsonRecord {
  const selected = (store.objects(pods, budget.metadata.namespace) as Pod[]).filter(
    (pod) => !isFinished(pod) && selects(budget, pod),
  );
  const expected = expectedPods(store, selected);
  const minimum = at(budget, "spec", "minAvailable");
  const maximum = at(budget, "spec", "maxUnavailable");
  const desired =
    minimum === undefined
      ? Math.max(0, expected - shareOf(maximum ?? 0, expected))
      : shareOf(minimum, expected);
  const healthy = selected.filter((pod) => isReady(pod) && !isTerminating(pod)).length;
  const allowed = expected === 0 ? 0 : Math.max(0, healthy - desired);
  return {
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    disruptionsAllowed: allowed,
    observedGeneration: budget.metadata.generation ?? 1,
    conditions: [
      {
        type: "DisruptionAllowed",
        status: allowed > 0 ? "True" : "False",
        reason: allowed > 0 ? "SufficientPods" : "InsufficientPods",
        message: "",
        observedGeneration: budget.metadata.generation ?? 1,
      },
    ],
  };
}
