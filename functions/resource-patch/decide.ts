import type { ContainerChange, DecisionRecord, Situation } from "../../shared/events/resources.ts";
import type { ClassPolicy } from "../../shared/policy-schema.ts";
import { hitGuards } from "./guards.ts";
import { grow, growthRatio } from "./size.ts";

/**
 * Whether to resize the pod in place, and to what, with all that was weighed. Only upward: one
 * reading is not a history. The same situation under the same policy gives the same record.
 */
export function decide(situation: Situation, policy: ClassPolicy): DecisionRecord {
  const { load, pod } = situation;
  const changes =
    load.percent === null || load.band !== "high"
      ? []
      : grow(
          pod.containers,
          growthRatio(load.percent, load.resource, policy),
          load.resource,
          policy,
        );
  const guards = hitGuards({ situation, policy, changes });
  const [first] = guards;
  const isForbidden = first !== undefined;
  return {
    id: situation.decisionId,
    at: situation.now,
    inputs: situation,
    policy,
    alternatives: [
      { action: "keep", changes: [], guards: [] },
      { action: "resize", changes, guards },
    ],
    chosen: isForbidden ? "keep" : "resize",
    outcome: isForbidden ? "keep" : policy.mode === "auto" ? "act" : "recommend",
    reason: isForbidden ? first.reason : explain(situation, policy, changes),
  };
}

function explain(
  { load, slaClass }: Situation,
  policy: ClassPolicy,
  changes: readonly ContainerChange[],
): string {
  const { resource, percent } = load;
  const targetPercent = Math.round(policy[resource].targetUtilizationRatio * 100);
  const sizes = changes.map((change) => describeChange(change)).join("; ");
  const mode = policy.mode === "auto" ? "" : `, mode ${policy.mode}: nothing is written`;
  return `${resource} at ${percent} %, ${slaClass} aims for ${targetPercent} %: ${sizes}${mode}`;
}

/** "app limit 500m→840m, request 250m→420m" */
export function describeChange({ container, before, after }: ContainerChange): string {
  const parts: string[] = [];
  if (before.limit !== after.limit) parts.push(`limit ${before.limit}→${after.limit}`);
  if (before.request !== after.request) parts.push(`request ${before.request}→${after.request}`);
  return `${container} ${parts.join(", ")}`;
}
