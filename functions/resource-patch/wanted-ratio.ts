import type { ContainerChange } from "../../shared/events/change.ts";
import type { Situation } from "../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../shared/policy-class.ts";
import { growthRatio } from "./size.ts";
import { totalsOf } from "./totals.ts";
import { wantedSizes } from "./wanted-sizes.ts";

/**
 * By how much the workload ought to grow, for its load or for what history asks, whatever there is
 * room for; 1 when it need not.
 */
export function wantedRatio(situation: Situation, policy: DecisionPolicy): number {
  const { band, percent, resource } = situation.load;
  const byLoad = band === "high" && percent !== null ? growthRatio(percent, resource, policy) : 1;
  const { direction, changes } = wantedSizes(situation, policy, Number.POSITIVE_INFINITY);
  return Math.max(1, byLoad, direction === "up" ? sizeRatio(situation, changes) : 1);
}

/** Of what load is measured against; of the requests where limits stay. */
export function sizeRatio(situation: Situation, changes: readonly ContainerChange[]): number {
  const [from, to] = [totalsOf(situation), totalsOf(situation, changes)];
  if (from.base > 0 && to.base > 0 && from.base !== to.base) return to.base / from.base;
  return from.request > 0 && to.request > 0 ? to.request / from.request : 1;
}
