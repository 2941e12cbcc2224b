import type { Outcome } from "../../../shared/function.ts";
import { backOffKey } from "../back-off.ts";
import { type Change, changeOfIntent } from "../change.ts";
import type { Context } from "../context.ts";
import { describeAlternative } from "../describe.ts";
import type { Intent, Settled } from "../intent.ts";
import type { Heard } from "../judge.ts";
import { isFollowed } from "../patience.ts";
import { recordSettled } from "../record-settled.ts";
import { amendTarget } from "./amend-target.ts";
import { judgeTarget } from "./judge-target.ts";
import { lastWords } from "./last-words.ts";
import { podsOf } from "./pods-of.ts";
import { regarding, type Site } from "./site.ts";
import { takeBackTarget } from "./take-back-target.ts";
import type { Target } from "./target.ts";
import { laterOutcomeOf } from "./target-ending.ts";
import { podsWorseThanBefore } from "./watch-target.ts";
import { keyOf } from "./write-target.ts";

/**
 * Ends a change of a workload or a claim that is open, if it is time to: it is through, it helped, it
 * made things worse, or its time is over.
 * @returns null when it stays open. Nothing is written then.
 */
export async function endTarget(
  context: Context,
  site: Site,
  target: Target,
  intent: Intent,
  told: {
    cause: string;
    heard: (Heard & { podUid: string }) | null;
    /** Of its own event, which comes until it is through or that long is over; else it is left to that. */
    waitSeconds?: number;
    /** Whether only what has to go back is ended now: there is something else to decide. */
    isOnlyRevert?: boolean;
  },
): Promise<Outcome | null> {
  const now = new Date(context.now()).toISOString();
  const { cause, heard, waitSeconds, isOnlyRevert = false } = told;
  const change = changeOfIntent(intent, site.owner);
  if (change === null) return null;
  if (waitSeconds === undefined && isFollowed(intent, now)) return null;
  const isApplied = intent.settled?.outcome === "applied" && intent.watch !== undefined;
  const pods = isApplied ? await podsOf(context, site.owner, target) : [];
  const judgement = judgeTarget(site, target, change, intent, {
    now,
    worse: podsWorseThanBefore(pods, change.action, intent, now),
    words: lastWords(pods, change.load.resource, intent, context.policy, heard),
    ...(waitSeconds === undefined ? {} : { waitSeconds }),
  });
  const { kind, reason } = judgement;
  if (isOnlyRevert && kind !== "revert") return null;
  const text = `${describeAlternative(change)}: ${reason}`;
  const end = (settled: Settled) => writeEnd(context, site, target, change, intent, settled);
  switch (kind) {
    case "open":
      return null;
    case "applied":
      return await end({ outcome: "applied", reason: text, at: now, cause });
    case "close":
      return await end({ outcome: judgement.outcome, reason: text, at: now, cause });
    case "revert": {
      const wanted = { outcome: judgement.outcome, reason, at: now, cause, isAll: false };
      return await takeBackTarget(context, site, target, change, intent.takingBack ?? wanted);
    }
  }
}

/** Of what was not there yet it is the first word, not the last; what is others' by now does not stand. */
function endOf(ended: Settled): Partial<Intent> {
  if (FIRST.has(ended.outcome)) return { settled: ended };
  const isOthers = ended.outcome === "superseded";
  return isOthers ? { closed: ended, standing: [], standingReplicas: null } : { closed: ended };
}

const FIRST: ReadonlySet<Settled["outcome"]> = new Set(["applied", "dropped", "error"]);
const GOOD: ReadonlySet<Settled["outcome"]> = new Set(["relieved", "held"]);

/** Writes an ending, unless somebody has ended it meanwhile: then theirs stands. */
async function writeEnd(
  context: Context,
  site: Site,
  target: Target,
  change: Change,
  intent: Intent,
  settled: Settled,
): Promise<Outcome> {
  const { outcome, cause } = settled;
  const written = await amendTarget(
    site,
    target,
    { key: keyOf(change), id: intent.id },
    (known) => {
      const isAsJudged =
        known.closed === undefined &&
        known.takingBack === undefined &&
        known.settled?.outcome === intent.settled?.outcome;
      if (!isAsJudged) return null;
      const next = { ...known, ...endOf(settled) };
      const key = backOffKey(change.load.resource, change.action);
      return { intent: next, annotations: GOOD.has(outcome) ? { [key]: null } : {} };
    },
  );
  if (written === null) {
    return { kind: "gone", reason: "it has gone, or has been changed since" };
  }
  const { closed, settled: known } = written.intent;
  if (![closed, known].some((one) => one?.cause === cause)) {
    return { kind: "noted", reason: "somebody has ended it meanwhile" };
  }
  await recordSettled(context, regarding(site.owner, written.target, change), change, settled);
  return laterOutcomeOf(change, settled);
}
