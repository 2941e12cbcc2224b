import { TransientError } from "../../shared/errors.ts";
import type { Event } from "../../shared/events/contract.ts";
import type { RevertOrder } from "../../shared/events/order.ts";
import type { Outcome } from "../../shared/function.ts";
import type { Context } from "./context.ts";
import { readIntent } from "./intent.ts";
import { covers } from "./pauses.ts";
import { readPermission } from "./permission.ts";
import { repeatedOutcome } from "./ending.ts";
import { hasShares } from "./shares.ts";
import { readPod } from "./situation.ts";
import { standingOf } from "./standing.ts";
import { takeBack } from "./take-back.ts";

/**
 * Gives a pod the sizes back that it had before it was first resized, if the ones it has are still
 * ours. A pause does not forbid it: who pauses because something went wrong wants exactly this.
 */
export async function handleRevert(
  event: Event<RevertOrder> & { data: RevertOrder },
  context: Context,
): Promise<Outcome> {
  const { resource, target, requestedAt, by, note } = event.data;
  const why = note === undefined ? "" : `: ${note}`;
  const wanted = {
    outcome: "reverted",
    reason: `${by} wants the first sizes back${why}`,
    at: new Date(context.now()).toISOString(),
    cause: event.id,
    isAll: true,
  } as const;
  if ("workload" in event.data) {
    const { kind, name: workloadName } = event.data.workload;
    if (!covers(target, event.data.workload)) {
      return { kind: "kept", reason: `${kind} ${workloadName} was not asked back` };
    }
    const { revertTarget } = await import("./workload/revert-target.ts");
    return await revertTarget(event.data, context, { requestedAt, wanted });
  }
  const { namespace, pod: name, podUid } = event.data;
  const pod = await readPod(context.kube, { namespace, name });
  if (pod === null || pod.metadata.uid !== podUid) {
    return { kind: "gone", reason: "the pod has gone" };
  }
  const { owner, forbidden } = await readPermission(context, pod);
  if (forbidden !== null) return { kind: "kept", reason: forbidden };
  if (!covers(target, owner)) {
    return { kind: "kept", reason: `the pod belongs to ${owner.kind} ${owner.name}` };
  }
  const intent = readIntent(pod.metadata.annotations, resource);
  if (intent === null) return { kind: "kept", reason: `its ${resource} was never resized` };
  const repeated = repeatedOutcome(pod, resource, intent, event.id);
  if (repeated !== null) return repeated;
  if (Date.parse(intent.at) > Date.parse(requestedAt)) {
    return { kind: "kept", reason: `it was resized at ${intent.at}, after it was asked for` };
  }
  if (intent.settled === null && !hasShares(pod.spec, resource, intent.changes, "after")) {
    throw new TransientError("POD_BUSY", "a resize of it is under way");
  }
  const standing = standingOf(intent, resource);
  if (standing.length === 0) return { kind: "kept", reason: "it has its first sizes" };
  if (intent.takingBack === undefined && !hasShares(pod.spec, resource, standing, "after")) {
    return { kind: "kept", reason: "others have written the sizes since: they stay" };
  }
  return await takeBack(context, pod, resource, intent, intent.takingBack ?? wanted);
}
