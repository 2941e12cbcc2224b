import type { Band, Resource } from "../../shared/policy-schema.ts";
import type { Intent, Settled } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";
import { hasShares } from "./shares.ts";
import { verdictOf } from "./verdict.ts";
import { worseThanBefore } from "./watch.ts";

/** What is known of the load since: from an event, or from what the pod remembers of its alerts. */
export type Heard = { band: Band; observedAt: string };

/**
 * `open`: look again later. `applied`: the kubelet has done it at last, and its time to help runs
 * from now. `close`: it is over, and stays as it is. `revert`: it is over, and goes back.
 */
export type Judgement =
  | { kind: "open" | "applied"; reason: string }
  | { kind: "close" | "revert"; outcome: Settled["outcome"]; reason: string };

export type Facts = {
  now: string;
  heard: Heard | null;
  /** How long it may wait to be carried out; absent: as long as it has to help. */
  waitSeconds?: number;
};

/**
 * What became of a change that is open. Of one for a high load, the load has to leave the band high
 * before the class's time is over; of every other, nothing may get worse until then.
 */
export function judge(pod: Pod, resource: Resource, intent: Intent, facts: Facts): Judgement {
  const { at, changes, settled, watch, takingBack } = intent;
  const { now, heard, waitSeconds = watch?.reliefSeconds } = facts;
  if (takingBack !== undefined) return { kind: "revert", ...takingBack };
  if (waitSeconds === undefined) return { kind: "open", reason: "it is not watched" };
  if (!hasShares(pod.spec, resource, changes, "after")) {
    if (settled === null && hasShares(pod.spec, resource, changes, "before")) {
      return isOver(at, waitSeconds, now)
        ? { kind: "close", outcome: "dropped", reason: "it was never carried out" }
        : { kind: "open", reason: "it is being carried out" };
    }
    return { kind: "close", outcome: "superseded", reason: "others have written the sizes since" };
  }
  if (settled?.outcome !== "applied") {
    return judgeWaiting(pod, resource, intent, { now, waitSeconds });
  }
  return judgeApplied(pod, resource, intent, now, heard);
}

/** Of a change that the kubelet has not carried out, as far as was known. */
function judgeWaiting(
  pod: Pod,
  resource: Resource,
  { at, changes }: Intent,
  { now, waitSeconds }: { now: string; waitSeconds: number },
): Judgement {
  const { kind, reason } = verdictOf(pod, resource, changes, pod.metadata.generation ?? 0);
  switch (kind) {
    case "applied":
      return { kind: "applied", reason: `done at last: ${reason}` };
    case "infeasible":
      return { kind: "revert", outcome: kind, reason };
    case "error":
    case "deferred":
    case "working": {
      // An error may pass: the kubelet tries again.
      if (!isOver(at, waitSeconds, now)) return { kind: "open", reason };
      const outcome = kind === "error" ? "error" : "expired";
      return { kind: "revert", outcome, reason: `${reason}, and its time is over` };
    }
  }
}

function judgeApplied(
  pod: Pod,
  resource: Resource,
  intent: Intent,
  now: string,
  heard: Heard | null,
): Judgement {
  const { at, settled, watch, about } = intent;
  const { direction = "none", reliefSeconds = 0 } = watch ?? {};
  // The load was told of another replica: a pod that nobody speaks of has nothing to be relieved of.
  const isSpread = about?.load.toldOf !== undefined && heard === null;
  const isRelief = watch?.isRelief === true && !isSpread;
  const goBack = (reason: string): Judgement => {
    // What was killed for want of memory, or is short of it, would be killed by having less.
    const isNeeded = resource === "memory" && direction === "up";
    return isNeeded
      ? { kind: "close", outcome: "unrelieved", reason: `${reason}; memory is not taken back` }
      : { kind: "revert", outcome: "reverted", reason };
  };
  const worse = worseThanBefore(pod, intent, now);
  if (worse !== null) return goBack(worse);
  const isNews = heard !== null && Date.parse(heard.observedAt) > Date.parse(at);
  if (isNews && isRelief && heard.band !== "high") {
    return { kind: "close", outcome: "relieved", reason: `the load is ${heard.band} since` };
  }
  if (isNews && direction === "down" && heard.band === "high") {
    return goBack(`the load is high since it was made smaller`);
  }
  if (!isOver(settled?.at ?? at, reliefSeconds, now)) {
    return { kind: "open", reason: `it has ${reliefSeconds} s` };
  }
  return isRelief
    ? goBack(`the load did not leave the band high within ${reliefSeconds} s`)
    : { kind: "close", outcome: "held", reason: `nothing got worse within ${reliefSeconds} s` };
}

/** Whether so many seconds have gone by. */
export function isOver(from: string, seconds: number, now: string): boolean {
  return Date.parse(now) - Date.parse(from) >= seconds * 1000;
}
