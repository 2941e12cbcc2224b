import type { Move } from "./settings.ts";

/** What becomes of a request. */
export type Moved = { kind: "up" | "down" | "keep"; amount: number; reason: string };

export type Wish = {
  current: number;
  /** What the estimators ask for, within the bounds. */
  wanted: number;
  /** Something is short of it now: waiting would cost more than a change. */
  isUrgent: boolean;
  /** It has stood above, touches its limit or was killed: even a small step up is due. */
  isForced: boolean;
};

export type Past = {
  /** Of either resource: they share one budget. */
  changesLastDay: number;
  /** Of this one. */
  ownChangesLastDay: number;
  secondsSinceChange: number;
  /** Enough history to make it smaller. */
  canShrink: boolean;
};

/**
 * Up at once, down slowly, and not at all for little. Each change of the resource in the last day
 * makes its next one ask for more reason (`strainRatio`): restless memory must not hold back CPU.
 * A spent budget stops what goes down, never what goes up.
 */
export function move(wish: Wish, past: Past, settings: Move, changesPerDay: number): Moved {
  const { current, wanted, isUrgent, isForced } = wish;
  const keep = (reason: string): Moved => ({ kind: "keep", amount: current, reason });
  const strain = 1 + settings.strainRatio * past.ownChangesLastDay;
  if (wanted > current * (1 + settings.upRatio * strain) || (isForced && wanted > current)) {
    if (!isUrgent && !isForced && past.secondsSinceChange < settings.upEveryMinutes * 60) {
      return keep("changed a short while ago, and nothing is short");
    }
    return { kind: "up", amount: wanted, reason: "more is needed" };
  }
  // Above 0.9 the strain would forbid what the budget should decide.
  if (wanted >= current * (1 - Math.min(0.9, settings.downRatio * strain)))
    return keep("near enough");
  if (!past.canShrink) return keep("too little history to make it smaller");
  if (past.changesLastDay >= changesPerDay) return keep("the day's changes are spent");
  if (past.secondsSinceChange < settings.downEveryMinutes * 60) return keep("changed lately");
  return { kind: "down", amount: wanted, reason: "less is enough" };
}
