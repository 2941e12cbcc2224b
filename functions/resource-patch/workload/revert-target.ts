import { TransientError } from "../../../shared/errors.ts";
import type { WorkloadReview } from "../../../shared/events/review.ts";
import type { Outcome } from "../../../shared/function.ts";
import { changeOfIntent } from "../change.ts";
import type { Context } from "../context.ts";
import { changeKey, type Intent, readIntentAt } from "../intent.ts";
import { permissionOf } from "../permission.ts";
import { standingOf } from "../standing.ts";
import { siteOf } from "./site.ts";
import { replicasStanding } from "./standing-replicas.ts";
import { takeBackTarget } from "./take-back-target.ts";
import { readTarget } from "./target.ts";
import { repeatedOutcomeOf } from "./target-ending.ts";
import { templateLabels } from "./template.ts";

/**
 * Gives a workload the sizes and replicas back that it had before it was first changed, where they
 * are still ours. A pause does not forbid it.
 */
export async function revertTarget(
  { workload, uid, resource }: WorkloadReview,
  context: Context,
  { requestedAt, wanted }: { requestedAt: string; wanted: NonNullable<Intent["takingBack"]> },
): Promise<Outcome> {
  const site = siteOf({ target: workload }, context);
  if (site === null) return { kind: "kept", reason: `a ${workload.kind} is not for writing` };
  const target = await readTarget(site.kube, site.path);
  if (target === null || target.metadata.uid !== uid) {
    return { kind: "gone", reason: "the workload has gone" };
  }
  const own = [target.metadata.labels ?? {}, templateLabels(workload, target)];
  const { forbidden } = await permissionOf(context, workload, own);
  if (forbidden !== null) return { kind: "kept", reason: forbidden };
  const intent = readIntentAt(target.metadata.annotations, changeKey(resource));
  const change = intent && changeOfIntent(intent, workload);
  if (intent === null || change === null) {
    return { kind: "kept", reason: `it was never changed for ${resource}` };
  }
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
