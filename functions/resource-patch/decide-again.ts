import { isDeepStrictEqual } from "node:util";
import { counted } from "../../shared/counted.ts";
import type { DecisionRecord } from "../../shared/events/decided.ts";
import type { Situation } from "../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../shared/policy-class.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import type { Change } from "./change.ts";
import type { Context } from "./context.ts";
import { chosenAlternative, decide } from "./decide.ts";
import { describeAlternative } from "./describe.ts";
import { readSituation, type Seen } from "./situation.ts";

/** The situation that a decision was about, as it is now. */
export function readAgain(record: DecisionRecord, context: Context): Promise<Seen | null> {
  const { pod, load, usage, tried, owner } = record.inputs;
  const chosen = chosenAlternative(record);
  return readSituation(context, {
    decisionId: record.id,
    now: new Date(context.now()).toISOString(),
    pod,
    owner,
    load,
    isUnderWay: true,
    isRoomNeeded: chosen?.action === "scale-out",
    ...(tried === undefined ? {} : { tried }),
    // Advice moves with every sample, and a decision to grow need not wait for the next one. What
    // makes smaller is asked for again: an event is no proof, and a wrong size would hurt.
    ...(chosen?.direction === "down" ? {} : { usage }),
  });
}

/** A sentence when what is decided now is not what was decided then. */
export function hasChanged(
  { situation }: Seen,
  { outcome }: Pick<DecisionRecord, "outcome">,
  { action, changes, replicas, volume, target }: Change,
  { policy }: Context,
): string | null {
  const again = decide(situation, rulesFor(policy, situation.slaClass));
  if (again.outcome !== outcome) return again.reason;
  if (again.chosen !== action) return `decided now it would be ${again.chosen}`;
  const now = chosenAlternative(again);
  const isSame =
    now !== null &&
    isDeepStrictEqual(
      [now.changes, now.replicas, now.volume, now.target],
      [changes, replicas, volume, target],
    );
  return isSame || now === null ? null : `decided now it would be ${describeAlternative(now)}`;
}

export function classOf({ slaClass }: Situation, { policy }: Context): DecisionPolicy {
  return rulesFor(policy, slaClass).class;
}

/** A sentence when the changes of the hour are spent: those at the same time count each other. */
export async function enterBudget(
  { situation: { now } }: Pick<Seen, "situation">,
  decisionId: string,
  { ledger, policy }: Context,
): Promise<string | null> {
  const { changesPerHour } = policy;
  if (await ledger.enter(decisionId, Date.parse(now), changesPerHour)) return null;
  await ledger.leave(decisionId);
  return `${counted(changesPerHour, "change")} of all workloads in an hour: that is the policy's budget`;
}
