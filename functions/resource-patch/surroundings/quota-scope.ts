import type { V1ResourceQuota, V1ScopedResourceSelectorRequirement } from "@kubernetes/client-node";
import type { Pod } from "../pod-facts.ts";

/**
 * Whether a quota counts this pod: all of its scopes must hold.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes
 */
export function isCounted(pod: Pod, { spec }: V1ResourceQuota): boolean {
  const scopes = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" }));
  return [...scopes, ...(spec?.scopeSelector?.matchExpressions ?? [])].every((scope) =>
    isIn(pod, scope),
  );
}

function isIn(
  { spec, status }: Pod,
  { scopeName, operator, values = [] }: V1ScopedResourceSelectorRequirement,
): boolean {
  const isBestEffort = status?.qosClass === "BestEffort";
  const willEnd = spec?.activeDeadlineSeconds !== undefined;
  switch (scopeName) {
    case "BestEffort":
      return isBestEffort;
    case "NotBestEffort":
      return !isBestEffort;
    case "Terminating":
      return willEnd;
    case "NotTerminating":
      return !willEnd;
    case "PriorityClass": {
      const name = spec?.priorityClassName ?? "";
      if (operator === "In") return values.includes(name);
      if (operator === "NotIn") return !values.includes(name);
      return (name !== "") === (operator === "Exists");
    }
    case "CrossNamespacePodAffinity":
      return namesNamespaces(
        spec?.affinity?.podAffinity ?? {},
        spec?.affinity?.podAntiAffinity ?? {},
      );
    default:
      // A scope of a later version: rather a quota too many than one too few.
      return true;
  }
}

type Terms = NonNullable<NonNullable<NonNullable<Pod["spec"]>["affinity"]>["podAffinity"]>;

function namesNamespaces(...affinities: readonly Terms[]): boolean {
  return affinities
    .flatMap((each) => [
      ...(each.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(each.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
        ({ podAffinityTerm }) => podAffinityTerm,
      ),
    ])
    .some(
      ({ namespaces, namespaceSelector }) =>
        namespaceSelector !== undefined || (namespaces ?? []).length > 0,
    );
}
