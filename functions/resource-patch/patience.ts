import { TransientError } from "../../shared/errors.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import type { Policy } from "../../shared/policy-schema.ts";
import type { SlaClass } from "../../shared/policy-class.ts";
import type { Intent } from "./intent.ts";

/**
 * The retries of the trigger `resource-follow` reach that far, whatever a class says: what is open
 * then is taken back.
 */
const LONGEST_SECONDS = 600;

/**
 * Until the last delivery of that trigger is over: 1.5 s doubled nine times is 766.5 s. Before that a
 * review leaves what the kubelet has not done to it: it knows what comes next, and one end is enough.
 */
const FOLLOWED_SECONDS = 800;

/**
 * How long a change may stay open, from when it was written: as long as the class waits for relief,
 * which is what the change was for.
 */
export function patienceSeconds(policy: Policy, slaClass: SlaClass): number {
  return Math.min(rulesFor(policy, slaClass).class.reliefDeadlineSeconds, LONGEST_SECONDS);
}

/**
 * Lets the broker bring the event back while there is time left.
 * @throws TransientError STILL_OPEN until then.
 */
export function waitOrGoOn(
  startedAt: string,
  nowMs: number,
  seconds: number,
  reason: string,
): void {
  const leftMs = Date.parse(startedAt) + seconds * 1_000 - nowMs;
  if (leftMs <= 0) return;
  throw new TransientError(
    "STILL_OPEN",
    `${reason}; it has ${Math.ceil(leftMs / 1_000)} s left of ${seconds} s`,
  );
}

/**
 * For what stays open: the broker brings the event back, also when its time is over since it was
 * looked at.
 * @throws TransientError STILL_OPEN.
 */
export function comeBack(startedAt: string, nowMs: number, seconds: number, reason: string): never {
  waitOrGoOn(startedAt, nowMs, seconds, reason);
  throw new TransientError("STILL_OPEN", "its time is over just now");
}

/** Whether another event than this one has ended it, and told so. */
export function isEndedByOther(
  { closed, takingBack, settled }: Pick<Intent, "closed" | "takingBack" | "settled">,
  cause: string,
): boolean {
  return [closed, takingBack, settled].some(
    (end) => end?.cause !== undefined && end.cause !== cause,
  );
}

/** Whether the deliveries of its own events still come to end it. */
export function isFollowed(
  { at, settled, takingBack }: Pick<Intent, "at" | "settled" | "takingBack">,
  now: string,
): boolean {
  if (takingBack !== undefined || settled?.outcome === "applied") return false;
  return Date.parse(now) - Date.parse(at) < FOLLOWED_SECONDS * 1_000;
}
