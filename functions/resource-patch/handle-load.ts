import { deriveId, type Event } from "../../shared/events/contract.ts";
import type { LoadClassified } from "../../shared/events/load.ts";
import type { Outcome } from "../../shared/function.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import type * as z from "zod/mini";
import type { Context } from "./context.ts";
import { decide } from "./decide.ts";
import { repeatedOutcome } from "./ending.ts";
import { isOpen, readIntent } from "./intent.ts";
import { settleOpen } from "./settle-open.ts";
import { readSituation, type Seen } from "./situation.ts";
import { toDecided } from "./to-decided.ts";

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
  const { namespace, pod, podUid, resource, percent, band, observedAt } = event.data;
  const seen = await readSituation(context, {
    decisionId: deriveId("decision", event.source, event.id),
    now: new Date(now()).toISOString(),
    pod: { namespace, name: pod },
    load: { cause: event.id, podUid, resource, percent, band, observedAt },
  });
  if (seen === null) return { kind: "gone", reason: "the pod has gone" };
  const { situation } = seen;
  const became = await whatBecame(event, context, seen);
  if (became !== null) return became;
  const record = decide(situation, rulesFor(policy, situation.slaClass));
  return { kind: record.outcome, reason: record.reason, reply: toDecided(record) };
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
  const { managed, isProtected, pause } = situation;
  const isForbidden = isProtected || !managed || pause !== undefined || context.policy.paused;
  if (isForbidden) return null;
  return await settleOpen(context, pod, resource, intent, {
    cause: id,
    heard: { band, observedAt },
    // A high load is to be decided on: an answer is one event.
    isOnlyRevert: band === "high",
  });
}
