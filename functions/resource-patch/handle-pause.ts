import { PermanentError } from "../../shared/errors.ts";
import type { Event } from "../../shared/events/contract.ts";
import type { PauseRequest, ResumeRequest } from "../../shared/events/order.ts";
import type { Outcome } from "../../shared/function.ts";
import { checkTarget } from "../../shared/order-target.ts";
import type { Context } from "./context.ts";
import { describe } from "./pauses.ts";

/** Clocks of two machines may differ; a pause from further ahead could not be ended. */
const MAX_AHEAD_MS = 5 * 60_000;

/**
 * Keeps a pause: from its answer on, every decision finds it.
 * @throws PermanentError for a target that cannot be, or an end before it was asked for.
 */
export async function handlePause(
  event: Event<PauseRequest> & { data: PauseRequest },
  context: Context,
): Promise<Outcome> {
  const { target, until = null, by, note = null } = event.data;
  checkTarget(target);
  const { at, now } = timesOf(event, context);
  if (until !== null && event.time !== undefined && Date.parse(until) <= Date.parse(at)) {
    const message = `the pause would end at ${until}, and was asked for at ${at}`;
    throw new PermanentError("ENDS_BEFORE_IT_STARTS", message);
  }
  if (until !== null && Date.parse(until) <= Date.parse(now)) {
    return { kind: "over", reason: `the pause of ${describe(target)} was until ${until}` };
  }
  await context.pauses.add({ id: idOf(event), kind: "pause", target, at, until, by, note }, now);
  const end = until === null ? "it is resumed" : until;
  return { kind: "paused", reason: `${describe(target)}, until ${end}, by ${by}` };
}

/** Ends the pauses of what it names and of all within, that were asked for before it. */
export async function handleResume(
  event: Event<ResumeRequest> & { data: ResumeRequest },
  context: Context,
): Promise<Outcome> {
  const { target, by, note = null } = event.data;
  checkTarget(target);
  const { at, now } = timesOf(event, context);
  const id = idOf(event);
  await context.pauses.add({ id, kind: "resume", target, at, until: null, by, note }, now);
  return { kind: "resumed", reason: `${describe(target)}, by ${by}` };
}

function idOf({ source, id }: Event): string {
  return `${source} ${id}`.slice(0, 500);
}

/** curl gives no time: then it is now. */
function timesOf({ time }: Event, context: Context): { at: string; now: string } {
  const nowMs = context.now();
  const now = new Date(nowMs).toISOString();
  if (time === undefined) return { at: now, now };
  if (Date.parse(time) > nowMs + MAX_AHEAD_MS) {
    throw new PermanentError(
      "FUTURE_TIME",
      `the event says ${time}, which is more than 5 min ahead`,
    );
  }
  return { at: new Date(time).toISOString(), now };
}
