import type { WorkloadReview } from "../../../shared/events/review.ts";
import type { Outcome } from "../../../shared/function.ts";
import { type Change, changeOfIntent } from "../change.ts";
import type { Context } from "../context.ts";
import { changeKey, type Intent, readIntentAt } from "../intent.ts";
import { type Site, siteOf } from "./site.ts";
import { readTarget, type Target } from "./target.ts";

/** A workload as it stands, with the change of one resource that was written to it. */
type Changed = { site: Site; target: Target; intent: Intent; change: Change };

/**
 * What an order about a workload is about. An outcome where there is nothing to end or to take back:
 * the kind is not for writing, the workload has gone (or another has its name), or no change of the
 * resource is noted on it.
 */
export async function findChanged(
  { workload, uid, resource }: WorkloadReview,
  context: Context,
): Promise<Changed | Outcome> {
  const site = siteOf({ target: workload }, context);
  if (site === null) return { kind: "kept", reason: `a ${workload.kind} is not for writing` };
  const target = await readTarget(site.kube, site.path);
  if (target === null || target.metadata.uid !== uid) {
    return { kind: "gone", reason: "the workload has gone" };
  }
  const intent = readIntentAt(target.metadata.annotations, changeKey(resource));
  const change = intent && changeOfIntent(intent, workload);
  if (intent === null || change === null) {
    return { kind: "kept", reason: `no change of its ${resource} is noted` };
  }
  return { site, target, intent, change };
}
