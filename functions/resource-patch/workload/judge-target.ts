import type { Change } from "../change.ts";
import type { Intent } from "../intent.ts";
import { isOver, type Judgement } from "../judge.ts";
import { isThere } from "./is-there.ts";
import type { LastWords } from "./last-words.ts";
import { progressOf } from "./progress.ts";
import type { Site } from "./site.ts";
import type { Target } from "./target.ts";

type Facts = {
  now: string;
  /** A sentence when its pods do worse than before; null when they do not. */
  worse: string | null;
  words: LastWords;
  /** How long it may be under way; absent: as long as it has to help. */
  waitSeconds?: number;
};

const NEVER_SMALLER = "what was asked for stays: no claim shrinks";

/** What became of a change of a workload or a claim that is open: as `judge` has it of a pod's. */
export function judgeTarget(
  site: Pick<Site, "owner">,
  target: Target,
  change: Change,
  intent: Intent,
  facts: Facts,
): Judgement {
  const { at, settled, takingBack, watch } = intent;
  const { now, waitSeconds = watch?.reliefSeconds } = facts;
  if (takingBack !== undefined) return { kind: "revert", ...takingBack };
  if (waitSeconds === undefined) return { kind: "open", reason: "it is not watched" };
  const isGrowth = change.action === "grow-volume";
  if (!isGrowth && !isThere(site, target, change, intent, "after")) {
    if (settled === null && isThere(site, target, change, intent, "before")) {
      return isOver(at, waitSeconds, now)
        ? { kind: "close", outcome: "dropped", reason: "it was never carried out" }
        : { kind: "open", reason: "it is being carried out" };
    }
    return { kind: "close", outcome: "superseded", reason: "others have changed it since" };
  }
  if (settled?.outcome === "applied") return judgeApplied(change, intent, facts);
  const progress = progressOf(site.owner, target, change);
  switch (progress.kind) {
    case "applied":
      return { kind: "applied", reason: progress.reason };
    case "error":
      return { kind: "close", outcome: "error", reason: `${progress.reason}; ${NEVER_SMALLER}` };
    case "pending": {
      if (!isOver(at, waitSeconds, now)) return { kind: "open", reason: progress.reason };
      const reason = `the class's time for it is over: ${progress.reason}`;
      return isGrowth
        ? { kind: "close", outcome: "error", reason: `${reason}; ${NEVER_SMALLER}` }
        : { kind: "revert", outcome: "expired", reason };
    }
  }
}

function judgeApplied(
  { action, load }: Change,
  { at, settled, watch }: Intent,
  { now, worse, words }: Facts,
): Judgement {
  if (watch === undefined) return { kind: "open", reason: "it is not watched" };
  const { direction, isRelief, reliefSeconds } = watch;
  const goBack = (reason: string): Judgement => {
    // What was killed for want of memory, or is short of it, would be killed by having less.
    const isNeeded = action === "patch-owner" && load.resource === "memory" && direction === "up";
    return isNeeded
      ? { kind: "close", outcome: "unrelieved", reason: `${reason}; memory is not taken back` }
      : { kind: "revert", outcome: "reverted", reason };
  };
  if (worse !== null) return goBack(worse);
  if (isRelief && words.hasNews && !words.isHigh) {
    return {
      kind: "close",
      outcome: "relieved",
      reason: "no pod of it is under a high load since",
    };
  }
  if (direction === "down" && words.isHighSince) {
    return goBack("the load is high since it was made smaller");
  }
  if (!isOver(settled?.at ?? at, reliefSeconds, now)) {
    return { kind: "open", reason: `it has ${reliefSeconds} s` };
  }
  if (!isRelief) {
    return {
      kind: "close",
      outcome: "held",
      reason: `nothing got worse within ${reliefSeconds} s`,
    };
  }
  return words.isHigh
    ? goBack(`the load did not leave the band high within ${reliefSeconds} s`)
    : { kind: "close", outcome: "relieved", reason: "no pod of it is under a high load" };
}
