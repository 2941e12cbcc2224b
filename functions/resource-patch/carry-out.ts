import { KubeError } from "../../shared/kube/error.ts";
import type { Change } from "./change.ts";
import { readIntent } from "./intent.ts";
import type { Intent, Settled } from "./intent.ts";
import type { Context } from "./context.ts";
import { describeChange } from "./describe.ts";
import type { Pod } from "./pod-facts.ts";
import { type Regarding, recordSettled, regardingPod } from "./record-settled.ts";
import { awaitVerdict, patchResize } from "./resize.ts";
import { settledNow } from "./settled-outcome.ts";
import { hasShares } from "./shares.ts";
import { writeSettled } from "./stamp.ts";

type Ending = { pod: Pod; settled: Settled };

/**
 * Carries out an intent that the pod is stamped with, from wherever an earlier try left it, and
 * writes down how it ended: on the pod, and as a Kubernetes Event of the pod and of its workload.
 */
export async function carryOut(
  context: Context,
  stamped: Pod,
  change: Change,
  intent: Intent,
  workload: Regarding | null,
): Promise<Settled> {
  const { resource } = change.load;
  const { pod, settled } = await resizeAndWait(context, stamped, change, intent);
  const regarded = [regardingPod(pod), ...(workload === null ? [] : [workload])];
  const [written] = await Promise.all([
    writeSettled(context.kube, pod, resource, intent, settled),
    recordSettled(context, regarded, { ...change, changes: intent.changes }, settled),
  ]);
  return written;
}

async function resizeAndWait(
  { kube, now }: Context,
  stamped: Pod,
  { load: { resource } }: Change,
  { id, changes }: Intent,
): Promise<Ending> {
  const isOurs = isStillOurs(stamped, resource, { id, changes });
  const end = (pod: Pod, outcome: Settled["outcome"], reason: string): Ending => ({
    pod,
    settled: settledNow(outcome, reason, now),
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
      return end(reverted ?? pod, verdict.kind, `${verdict.reason}; ${afterRevert(reverted)}`);
    }
  }
}

/** Whether a pod is the one that was stamped, bears our stamp, and nobody else has resized it. */
function isStillOurs(
  { metadata: { uid } }: Pod,
  resource: Change["load"]["resource"],
  { id, changes }: Pick<Intent, "id" | "changes">,
): (pod: Pod) => boolean {
  return ({ metadata, spec }) =>
    metadata.uid === uid &&
    readIntent(metadata.annotations, resource)?.id === id &&
    (hasShares(spec, resource, changes, "before") || hasShares(spec, resource, changes, "after"));
}

function afterRevert(reverted: Pod | null): string {
  return reverted === null ? "the pod has changed since" : "the old values are back";
}

/** An answer that another try would only repeat. */
function isRefusal(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 422;
}
