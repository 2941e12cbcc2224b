import { isReady } from "./pod-status.ts";
import type { KubeObject } from "./kube-object.ts";
import type { Condition, Pod, Workload } from "./workload-types.ts";
import { withCondition } from "./pod-status.ts";

export const isTerminating = (object: KubeObject): boolean =>
  object.metadata.deletionTimestamp !== undefined;

export const readyCount = (pods: readonly Pod[]): number =>
  pods.filter((pod) => isReady(pod) && !isTerminating(pod)).length;

/** A percentage or a number of pods (`maxSurge` rounds up, `maxUnavailable` down). */
export function resolveShare(value: unknown, replicas: number, round: "up" | "down"): number {
  if (typeof value === "number" && Number.isFinite(value)) return Math.max(0, Math.trunc(value));
  const percent = typeof value === "string" ? /^(\d{1,3})%$/.exec(value)?.[1] : undefined;
  const share = (Number(percent ?? 25) / 100) * replicas;
  return round === "up" ? Math.ceil(share) : Math.floor(share);
}

export function deploymentConditions(
  deployment: Workload,
  available: boolean,
  complete: boolean,
  newReplicaSet: string,
  time: string,
): Condition[] {
  const old = deployment.status?.["conditions"] as Condition[] | undefined;
  const conditions = withCondition(old, {
    type: "Available",
    status: available ? "True" : "False",
    reason: available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
    message: available
      ? "Deployment has minimum availability."
      : "Deployment does not have minimum availability.",
    lastTransitionTime: time,
  });
  return withCondition(conditions, {
    type: "Progressing",
    status: "True",
    reason: complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
    message: complete
      ? `ReplicaSet "${newReplicaSet}" has successfully progressed.`
      : `ReplicaSet "${newReplicaSet}" is progressing.`,
    lastTransitionTime: time,
  });
}
