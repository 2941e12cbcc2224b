import type { ContainerChange, DecisionRecord, Settlement } from "../../shared/events/resources.ts";
import { KubeError } from "../../shared/kube/error.ts";
import { readIntent } from "./intent.ts";
import type { Intent, Settled } from "./intent.ts";
import type { Context } from "./context.ts";
import { describeChange } from "./describe.ts";
import type { Pod } from "./pod-facts.ts";
import { recordSettled } from "./record-settled.ts";
import { awaitVerdict, patchResize } from "./resize.ts";
import { hasShares } from "./shares.ts";
import { writeSettled } from "./stamp.ts";

type Ending = { pod: Pod; settled: Settled };

/**
 * Carries out an intent that the pod is stamped with, from wherever an earlier try left it, and
 * writes down how it ended: on the pod, and as a Kubernetes Event.
 */
export async function carryOut(
  context: Context,
  stamped: Pod,
  record: DecisionRecord,
  intent: Intent,
): Promise<Settlement> {
  const { resource } = record.inputs.load;
  const { pod, settled } = await resizeAndWait(context, stamped, record, intent);
  const [written] = await Promise.all([
    writeSettled(context.kube, pod, resource, intent, settled),
    recordSettled(context, pod, record, intent.changes, settled),
  ]);
  return toSettlement(record, intent.changes, written);
}

/** What becomes of a decision, in words for the event. */
export function toSettlement(
  { id, inputs }: DecisionRecord,
  changes: readonly ContainerChange[],
  { outcome, reason, at }: Settled,
): Settlement {
  const { namespace, name, uid } = inputs.pod;
  return {
    decisionId: id,
    namespace,
    pod: name,
    podUid: uid,
    resource: inputs.load.resource,
    outcome,
    reason,
    at,
    changes: [...changes],
  };
}

async function resizeAndWait(
  { kube, now }: Context,
  stamped: Pod,
  record: DecisionRecord,
  { id, changes }: Intent,
): Promise<Ending> {
  const { resource } = record.inputs.load;
  const isOurs = ({ metadata, spec }: Pod): boolean =>
    metadata.uid === stamped.metadata.uid &&
    readIntent(metadata.annotations, resource)?.id === id &&
    (hasShares(spec, resource, changes, "before") || hasShares(spec, resource, changes, "after"));
  const end = (pod: Pod, outcome: Settled["outcome"], reason: string): Ending => ({
    pod,
    settled: { outcome, reason, at: new Date(now()).toISOString() },
  });

  let patched: Pod | null;
  try {
    patched = await patchResize(kube, stamped, resource, changes, "after", isOurs);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return end(stamped, "refused", error.message);
  }
  if (patched === null) return end(stamped, "dropped", "the pod has gone, or others resized it");
  const seen = await awaitVerdict(kube, patched, resource, changes);
  if (seen === null) return end(patched, "dropped", "the pod has gone");
  const { pod, verdict } = seen;
  switch (verdict.kind) {
    case "applied":
      return end(pod, "applied", changes.map((change) => describeChange(change)).join("; "));
    case "deferred":
      return end(pod, "deferred", `${verdict.reason}; the kubelet tries again by itself`);
    case "working":
      return end(pod, "pending", "the kubelet has said nothing yet; it goes on by itself");
    case "infeasible":
    case "error": {
      const reverted = await patchResize(kube, pod, resource, changes, "before", isOurs);
      const after = reverted === null ? "the pod has changed since" : "the old values are back";
      return end(reverted ?? pod, verdict.kind, `${verdict.reason}; ${after}`);
    }
  }
}

/** An answer that another try would only repeat. */
function isRefusal(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 422;
}
