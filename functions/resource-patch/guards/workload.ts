import type { Surroundings } from "../../../shared/events/surroundings.ts";
import type { Candidate, Guard } from "./guard.ts";
import { SIZES } from "./guard.ts";

/** Whose template can be written, or replicas be set. */
const PATCHABLE_KINDS: ReadonlySet<string> = new Set([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "CronJob",
  "Service",
  "Rollout",
]);

/** Without these facts an action could do harm that the API server does not prevent. */
const NEEDED_FACTS = {
  "patch-owner": ["workload", "quota", "containerLimits", "disruptionBudgets"],
  "scale-out": ["workload", "quota", "otherNodesFree"],
  "scale-in": ["workload", "disruptionBudgets"],
  "grow-volume": ["volumes"],
} as const satisfies Record<string, readonly (keyof Surroundings)[]>;

/** What is going on with the workload, and who else has a say. */
export const WORKLOAD: readonly Guard[] = [
  {
    code: "AUTOSCALED",
    for: SIZES,
    test: ({ situation: { autoscalers, load } }) =>
      autoscalers.length === 0 ? null : `${load.resource} belongs to ${namesOf(autoscalers)}`,
  },
  {
    code: "REPLICAS_AUTOSCALED",
    for: ["scale-out", "scale-in"],
    test: ({ situation: { replicaScalers } }) =>
      replicaScalers.length === 0 ? null : `replicas belong to ${namesOf(replicaScalers)}`,
  },
  {
    code: "UNKNOWN_FACTS",
    for: ["patch-owner", "scale-out", "scale-in", "grow-volume"],
    test: ({ draft: { action }, situation: { surroundings } }) => {
      if (action === "keep" || action === "resize") return null;
      const missing = NEEDED_FACTS[action].filter(
        (fact) => (surroundings?.[fact] ?? null) === null,
      );
      return missing.length === 0
        ? null
        : `${action} is not done without knowing: ${missing.join(", ")}`;
    },
  },
  {
    code: "NO_PATCHABLE_OWNER",
    for: ["patch-owner"],
    test: ({ situation: { owner } }) =>
      PATCHABLE_KINDS.has(owner.kind) ? null : `the template of a ${owner.kind} is not for writing`,
  },
  {
    code: "NOT_SCALABLE",
    for: ["scale-out", "scale-in"],
    test: ({ situation }) =>
      workloadOf({ situation })?.replicas?.isScalable === false
        ? `a ${situation.owner.kind} has no scale to set`
        : null,
  },
  {
    code: "WORKLOAD_PAUSED",
    for: ["patch-owner"],
    test: ({ situation }) =>
      workloadOf({ situation })?.isPaused === true ? "the workload's rollouts are paused" : null,
  },
  {
    code: "ROLLING_OUT",
    test: (candidate) => {
      if (workloadOf(candidate)?.isRollingOut !== true) return null;
      // In place a high load is relieved meanwhile: the pod at hand is what suffers.
      const { draft, situation } = candidate;
      const isRelief = draft.direction === "up" && situation.load.band === "high";
      return isRelief && (draft.action === "resize" || draft.action === "grow-volume")
        ? null
        : "a rollout of the workload is under way";
    },
  },
  {
    code: "GITOPS_OWNER",
    for: ["patch-owner", "scale-out", "scale-in", "grow-volume"],
    test: (candidate) => {
      const gitOps = workloadOf(candidate)?.gitOps ?? null;
      if (gitOps === null || candidate.policy.canPatchGitOpsOwner) return null;
      const what = gitOps.object === null ? gitOps.tool : `${gitOps.tool} (${gitOps.object})`;
      return `the workload belongs to ${what}, which would write it back`;
    },
  },
  {
    code: "DISRUPTION_BUDGET",
    for: ["patch-owner", "scale-in"],
    test: ({ situation: { surroundings } }) => {
      const spent = (surroundings?.disruptionBudgets ?? []).find(
        ({ disruptionsAllowed }) => disruptionsAllowed === 0,
      );
      return spent === undefined ? null : `PodDisruptionBudget ${spent.name} allows none now`;
    },
  },
];

function workloadOf({ situation }: Pick<Candidate, "situation">) {
  return situation.surroundings?.workload ?? null;
}

function namesOf(owners: readonly { kind: string; name: string }[]): string {
  return owners.map(({ kind, name }) => `${kind} ${name}`).join(", ");
}
