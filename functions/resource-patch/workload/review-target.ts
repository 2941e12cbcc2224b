import type { WorkloadReview } from "../../../shared/events/review.ts";
import type { Outcome } from "../../../shared/function.ts";
import type { Context } from "../context.ts";
import { isOpen } from "../intent.ts";
import type { Heard } from "../judge.ts";
import { endTarget } from "./end-target.ts";
import { findChanged } from "./find-changed.ts";
import { repeatedOutcomeOf } from "./target-ending.ts";
import { whyStopped } from "./target-permission.ts";

/**
 * Looks at what is open of one resource of a workload because of event `cause`, and ends what is over.
 * `heard` is what that event told of the load of one of its pods.
 */
export async function reviewTarget(
  order: WorkloadReview,
  context: Context,
  told: {
    cause: string;
    heard: (Heard & { podUid: string }) | null;
    /** Whether only what has to go back is ended now: there is something else to decide. */
    isOnlyRevert?: boolean;
  },
): Promise<Outcome> {
  const found = await findChanged(order, context);
  if ("kind" in found) return found;
  const { site, target, intent, change } = found;
  const repeated = repeatedOutcomeOf(change, intent, told.cause);
  if (repeated !== null) return repeated;
  if (!isOpen(intent)) return { kind: "open", reason: "all of it is settled" };
  const stopped = await whyStopped(site, target, change, context);
  if (stopped !== null) return { kind: "kept", reason: stopped };
  const ended = await endTarget(context, site, target, intent, told);
  return ended ?? { kind: "open", reason: "it is not time yet" };
}
