import type { Outcome } from "../../shared/function.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { amendIntent } from "./amend-intent.ts";
import { backOffKey } from "./back-off.ts";
import type { Context } from "./context.ts";
import { type Intent, type Settled } from "./intent.ts";
import { type Heard, judge } from "./judge.ts";
import type { Pod } from "./pod-facts.ts";
import { isFollowed } from "./patience.ts";
import { recordLater } from "./record-settled.ts";
import { laterOutcome } from "./ending.ts";
import { takeBack } from "./take-back.ts";

/**
 * Ends a change that is open, if it is time to: it helped, it made things worse, or its time is over.
 * @returns null when it stays open. Nothing is written then.
 */
export async function settleOpen(
  context: Context,
  pod: Pod,
  resource: Resource,
  intent: Intent,
  told: {
    cause: string;
    heard: Heard | null;
    /** Of its own event, which comes until it is done or that long is over; else it is left to that. */
    waitSeconds?: number;
    /** Whether only what has to go back is ended now: there is something else to decide. */
    isOnlyRevert?: boolean;
  },
): Promise<Outcome | null> {
  const now = new Date(context.now()).toISOString();
  const { cause, heard, waitSeconds, isOnlyRevert = false } = told;
  const isFollowing = waitSeconds !== undefined;
  if (!isFollowing && isFollowed(intent, now)) return null;
  const judgement = judge(pod, resource, intent, {
    now,
    heard,
    ...(isFollowing ? { waitSeconds } : {}),
  });
  const { kind, reason } = judgement;
  if (isOnlyRevert && kind !== "revert") return null;
  switch (kind) {
    case "open":
      return null;
    case "applied": {
      const settled: Settled = { outcome: "applied", reason, at: now, cause };
      return await amend(context, pod, resource, intent, settled, (known) => ({
        intent: { ...known, settled },
      }));
    }
    case "close": {
      const closed: Settled = { outcome: judgement.outcome, reason, at: now, cause };
      const isGood = closed.outcome === "relieved" || closed.outcome === "held";
      return await amend(context, pod, resource, intent, closed, (known) => ({
        intent: { ...known, ...endOf(closed) },
        ...(isGood ? { annotations: { [backOffKey(resource)]: null } } : {}),
      }));
    }
    case "revert": {
      const { outcome } = judgement;
      const wanted = { outcome, reason, at: now, cause, isAll: false };
      return await takeBack(context, pod, resource, intent, intent.takingBack ?? wanted);
    }
  }
}

/** What an ending changes of an intent: of what never was, or is others' by now, nothing stands. */
function endOf(ended: Settled): Partial<Intent> {
  if (ended.outcome === "dropped") return { settled: ended };
  return ended.outcome === "superseded" ? { closed: ended, standing: [] } : { closed: ended };
}

/** Writes an ending, unless somebody has ended it meanwhile: then theirs stands. */
async function amend(
  context: Context,
  pod: Pod,
  resource: Resource,
  intent: Intent,
  settled: Settled,
  change: (known: Intent) => NonNullable<ReturnType<Parameters<typeof amendIntent>[4]>>,
): Promise<Outcome> {
  const written = await amendIntent(context.kube, pod, resource, intent.id, (known) =>
    known.closed === undefined &&
    known.takingBack === undefined &&
    known.settled?.outcome === intent.settled?.outcome
      ? change(known)
      : null,
  );
  if (written === null) {
    return { kind: "gone", reason: "the pod has gone, or has been resized since" };
  }
  const { closed, settled: known } = written.intent;
  const isOurs = [closed, known].some((one) => one?.cause === settled.cause);
  if (!isOurs) return { kind: "noted", reason: "somebody has ended it meanwhile" };
  await recordLater(context, pod, intent, settled);
  return laterOutcome(pod, resource, intent, settled);
}
