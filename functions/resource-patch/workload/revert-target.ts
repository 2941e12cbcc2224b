import { TransientError } from "../../../shared/errors.ts";
import type { WorkloadReview } from "../../../shared/events/review.ts";
import type { Outcome } from "../../../shared/function.ts";
import type { Context } from "../context.ts";
import type { Intent } from "../intent.ts";
import { permissionOf } from "../permission.ts";
import { standingOf } from "../standing.ts";
import { findChanged } from "./find-changed.ts";
import { replicasStanding } from "./standing-replicas.ts";
import { takeBackTarget } from "./take-back-target.ts";
import { repeatedOutcomeOf } from "./target-ending.ts";
import { templateLabels } from "./template.ts";

/**
 * Gives a workload the sizes and replicas back that it had before it was first changed, where they
 * are still ours. A pause does not forbid it.
 */
export async function revertTarget(
  order: WorkloadReview,
  context: Context,
  { requestedAt, wanted }: { requestedAt: string; wanted: NonNullable<Intent["takingBack"]> },
): Promise<Outcome> {
  const found = await findChanged(order, context);
  if ("kind" in found) return found;
  const { site, target, intent, change } = found;
  const { workload, resource } = order;
  const own = [target.metadata.labels ?? {}, templateLabels(workload, target)];
  const { forbidden } = await permissionOf(context, workload, own);
  if (forbidden !== null) return { kind: "kept", reason: forbidden };
  const repeated = repeatedOutcomeOf(change, intent, wanted.cause);
  if (repeated !== null) return repeated;
  if (Date.parse(intent.at) > Date.parse(requestedAt)) {
    return { kind: "kept", reason: `it was changed at ${intent.at}, after it was asked for` };
  }
  if (intent.settled === null) {
    throw new TransientError("OBJECT_BUSY", "a change of it is under way");
  }
  if (standingOf(intent, resource).length === 0 && replicasStanding(intent) === null) {
    return { kind: "kept", reason: "it has its first sizes and replicas" };
  }
  return await takeBackTarget(context, site, target, change, intent.takingBack ?? wanted);
}
