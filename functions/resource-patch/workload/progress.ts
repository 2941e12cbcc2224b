import { counted } from "../../../shared/counted.ts";
import type { Owner } from "../../../shared/events/load.ts";
import { parseMemoryBytes } from "../../../shared/quantity.ts";
import type { Change } from "../change.ts";
import { workloadFacts, type WorkloadObject } from "../surroundings/rollout.ts";
import { kindOf } from "./kinds.ts";
import type { Target } from "./target.ts";

/** How far a change of a workload or a claim has come. */
export type Progress = { kind: "applied" | "pending" | "error"; reason: string };

type Claim = {
  capacity?: Record<string, string>;
  conditions?: readonly { type: string; status: string; message?: string }[];
};

/** Reads how far a change has come from the object as it is. */
export function progressOf(
  owner: Owner,
  target: Target,
  { action, replicas, volume }: Pick<Change, "action" | "replicas" | "volume">,
): Progress {
  if (action === "grow-volume") return growth(target, volume?.afterBytes ?? 0);
  const facts = workloadFacts(owner, target as WorkloadObject);
  if (action === "patch-owner") {
    if (kindOf(owner)?.hasRollout === false) {
      return { kind: "applied", reason: "pods to come start with it" };
    }
    return facts === null || facts.isRollingOut
      ? { kind: "pending", reason: "the rollout is under way" }
      : { kind: "applied", reason: "the rollout is through" };
  }
  const wanted = replicas?.after ?? 0;
  const { ready = 0 } = facts?.replicas ?? {};
  const total = Number(target.status?.["replicas"] ?? 0);
  return ready >= wanted && total <= wanted
    ? { kind: "applied", reason: `${counted(ready, "replica is", "replicas are")} ready` }
    : {
        kind: "pending",
        reason: `${ready} of ${counted(wanted, "replica is", "replicas are")} ready`,
      };
}

/** https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims */
function growth({ status }: Target, afterBytes: number): Progress {
  const { capacity, conditions = [] } = (status ?? {}) as Claim;
  if (parseMemoryBytes(capacity?.["storage"] ?? 0) >= afterBytes) {
    return { kind: "applied", reason: "the volume has grown" };
  }
  const condition = conditions.find(({ status: isTrue }) => isTrue === "True");
  if (condition?.type.endsWith("ResizeError") === true) {
    return { kind: "error", reason: `${condition.type}: ${condition.message ?? "no message"}` };
  }
  return {
    kind: "pending",
    reason:
      condition?.type === "FileSystemResizePending"
        ? "the file system grows when the pod starts again"
        : "the volume is growing",
  };
}
