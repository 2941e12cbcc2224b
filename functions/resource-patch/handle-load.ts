import { deriveId, type Event } from "../../shared/events/contract.ts";
import type { LoadClassified } from "../../shared/events/load.ts";
import type { Outcome } from "../../shared/function.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import type * as z from "zod/mini";
import type { Context } from "./context.ts";
import { decide } from "./decide.ts";
import { decidedOutcome } from "./decided-outcome.ts";
import { repeatedOutcome } from "./ending.ts";
import { changeKey, isOpen, readIntent, readIntentAt } from "./intent.ts";
import { settleOpen } from "./settle-open.ts";
import { readSituation, type Seen } from "./situation.ts";

type Load = z.infer<typeof LoadClassified.data>;

/**
 * Ends what is open of the last change, when this load shows that it helped or did not; else decides,
 * and only says so: the broker keeps the decision before anything is written.
 */
export async function handleLoad(
  event: Event<Load> & { data: Load },
  context: Context,
): Promise<Outcome> {
  const { policy, now } = context;
  const { namespace, pod, podUid, resource, percent, band, observedAt, owner, managed } =
    event.data;
  const seen = await readSituation(context, {
    decisionId: deriveId("decision", event.source, event.id),
    now: new Date(now()).toISOString(),
    pod: { namespace, name: pod },
    // Of what is not ours less is read.
    ...(managed ? { owner } : {}),
    load: { cause: event.id, podUid, resource, percent, band, observedAt },
  });
  if (seen === null) return { kind: "gone", reason: "the pod has gone" };
  const { situation } = seen;
  const became =
    (await whatBecame(event, context, seen)) ?? (await whatBecameOfWorkload(event, context, seen));
  if (became !== null) return became;
  const record = decide(situation, rulesFor(policy, situation.slaClass));
  return decidedOutcome(record);
}

/** How the last change of this resource ended, by this load; null when it has not, or there is none. */
async function whatBecame(
  { id, data: { podUid, resource, band, observedAt } }: Event<Load> & { data: Load },
  context: Context,
  { pod, situation }: Seen,
): Promise<Outcome | null> {
  const intent = readIntent(pod.metadata.annotations, resource);
  if (intent === null || pod.metadata.uid !== podUid) return null;
  if (!isOpen(intent)) return repeatedOutcome(pod, resource, intent, id);
  if (isForbidden(situation, context)) return null;
  return await settleOpen(context, pod, resource, intent, {
    cause: id,
    heard: { band, observedAt },
    // A high load is to be decided on: an answer is one event.
    isOnlyRevert: band === "high",
  });
}

function isForbidden(
  { managed, isProtected, pause }: Seen["situation"],
  { policy }: Context,
): boolean {
  return isProtected || !managed || pause !== undefined || policy.paused;
}

/** Likewise, of the last change of its workload: what its pods say of their load is said of that. */
async function whatBecameOfWorkload(
  { id, data: { podUid, resource, band, observedAt } }: Event<Load> & { data: Load },
  context: Context,
  { pod, situation, workload, workloadAnnotations }: Seen,
): Promise<Outcome | null> {
  if (workload === null || pod.metadata.uid !== podUid) return null;
  const intent = readIntentAt(workloadAnnotations, changeKey(resource));
  if (intent === null || (!isOpen(intent) && intent.closed?.cause !== id)) return null;
  if (isForbidden(situation, context)) return null;
  // What most loads do not need is loaded when it is.
  const { reviewTarget } = await import("./workload/review-target.ts");
  const { uid, ...owner } = workload;
  const became = await reviewTarget({ workload: owner, uid, resource }, context, {
    cause: id,
    heard: { podUid, band, observedAt },
    isOnlyRevert: band === "high",
  });
  // Without an end to tell, there is something to decide.
  return became.reply === undefined ? null : became;
}
