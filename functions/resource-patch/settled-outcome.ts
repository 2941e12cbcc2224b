import { deriveId } from "../../shared/events/contract.ts";
import { ResourcesSettled } from "../../shared/events/settled.ts";
import type { Outcome } from "../../shared/function.ts";
import { type Change, nextAfter, toSettlement } from "./change.ts";
import type { Context } from "./context.ts";
import type { Settled } from "./intent.ts";

/** Whoever ended it has said so: a second end would be one too many. */
export const SEEN_TO: Outcome = { kind: "noted", reason: "another event has seen to its end" };

/**
 * Answers how a change ended. One that was settled before ends once more: that event has an id of its
 * own, by what `later` says.
 */
export function settledOutcome(
  change: Change,
  settled: Settled,
  later: readonly string[] = [],
): Outcome {
  const { namespace, name } = change.pod;
  const { outcome, reason, at } = settled;
  return {
    kind: outcome,
    reason,
    reply: ResourcesSettled.create({
      id: deriveId("settled", change.decisionId, ...later),
      subject: `${namespace}/${name}`,
      time: at,
      extensions: {
        outcome,
        next: nextAfter(change, settled),
        partitionkey: `${namespace}/${name}`,
      },
      data: toSettlement(change, settled),
    }),
  };
}

export function droppedOutcome(change: Change, reason: string, { now }: Context): Outcome {
  return settledOutcome(change, settledNow("dropped", reason, now));
}

export function settledNow(
  outcome: Settled["outcome"],
  reason: string,
  now: () => number,
): Settled {
  return { outcome, reason, at: new Date(now()).toISOString() };
}
