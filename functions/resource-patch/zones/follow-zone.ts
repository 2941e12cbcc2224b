import type { Outcome } from "../../../shared/function.ts";
import type { Change } from "../change.ts";
import type { Context } from "../context.ts";
import { describeAlternative } from "../describe.ts";
import type { Settled } from "../intent.ts";
import { waitOrGoOn } from "../patience.ts";
import { recordSettled } from "../record-settled.ts";
import { settledNow, settledOutcome } from "../settled-outcome.ts";
import { progressOf } from "../workload/progress.ts";
import { regarding, type Site } from "../workload/site.ts";
import type { Target } from "../workload/target.ts";
import { templateHas } from "../workload/template.ts";

/**
 * Looks again at a template that a review of zones wrote at `startedAt`: it is rolled out, or others
 * have written it since, or its time is over; else the broker brings the event again. It is not
 * taken back by itself: the next review would write it again.
 */
export async function followZone(
  context: Context,
  site: Site,
  target: Target,
  change: Change,
  { startedAt, seconds }: { startedAt: string; seconds: number },
): Promise<Outcome> {
  const { owner } = site;
  const isOurs = templateHas(owner, target, change.load.resource, change.changes, "after");
  const progress = progressOf(owner, target, change);
  const isPending = isOurs && progress.kind === "pending";
  if (isPending) waitOrGoOn(startedAt, context.now(), seconds, progress.reason);
  const [outcome, reason]: [Settled["outcome"], string] = !isOurs
    ? ["superseded", "others have changed it since"]
    : isPending
      ? ["unrelieved", `${progress.reason}, and its time is over; it stays until the next review`]
      : ["applied", progress.reason];
  const text = `${describeAlternative(change)}: ${reason}`;
  const settled = settledNow(outcome, text, context.now);
  await recordSettled(context, regarding(owner, target, change), change, settled);
  return settledOutcome(change, settled, ["followed"]);
}
