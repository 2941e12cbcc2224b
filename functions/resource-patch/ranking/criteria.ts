import type { Situation } from "../../../shared/events/situation.ts";
import type { Action, Criterion, DecisionPolicy } from "../../../shared/policy-class.ts";
import type { Draft } from "../alternatives/draft.ts";
import { fullestVolume } from "../alternatives/grow-volume.ts";
import { amountKey, totalsOf } from "../totals.ts";
import { sizeRatio } from "../wanted-ratio.ts";

/** Which end of a criterion is the better one. */
export const IDEALS: Readonly<Record<Criterion, 0 | 1>> = {
  relief: 1,
  headroom: 1,
  cost: 0,
  disruption: 0,
  nodePressure: 0,
  timeToEffect: 0,
  churn: 0,
  drift: 0,
};

/** What is not known is in the middle, for every alternative alike: it does not tell them apart. */
const UNKNOWN = 0.5;

/** A fourth or four times of what is asked for: the ends of the scale of cost, which is logarithmic. */
const COST_OCTAVES = 2;

/** Sixteen times too much is as bad as it gets: of a load that is wholly above what there is. */
const OVERLOAD_OCTAVES = 4;

/** A GiB of disk costs about a tenth of what a GiB of memory does, and more than nothing. */
const STORAGE_COST_RATIO = 0.1;

/** A rollout restarts every replica; in place nothing restarts, but a cgroup is rewritten. */
const DISRUPTION: Readonly<Record<Action, number>> = {
  resize: 0.02,
  "scale-out": 0.1,
  "grow-volume": 0.15,
  "scale-in": 0.15,
  "patch-owner": 0.8,
};

/** Until it helps: a resize is actuated in seconds, a replica has to start, a rollout takes its turns. */
const SECONDS_TO_EFFECT: Readonly<Record<Action, number>> = {
  resize: 10,
  "scale-out": 60,
  "scale-in": 60,
  "grow-volume": 120,
  "patch-owner": 180,
};
const LONGEST_SECONDS = 600;

/**
 * What an alternative is worth by each criterion, 0 to 1 on scales that are fixed: it does not
 * depend on which others there are.
 */
export function criteriaOf(
  draft: Draft,
  situation: Situation,
  policy: DecisionPolicy,
  wanted: number,
): Record<Criterion, number> {
  const { action } = draft;
  const isKeep = action === "keep";
  const spent = (situation.spent?.workloadLastDay ?? 0) + (isKeep ? 0 : 1);
  return {
    relief: rounded(relief(draft, situation, policy, wanted)),
    headroom: rounded(headroom(draft, situation, policy, wanted)),
    cost: rounded(cost(draft, situation)),
    disruption: isKeep ? 0 : DISRUPTION[action],
    nodePressure: rounded(nodePressure(draft, situation)),
    timeToEffect: isKeep ? 0 : rounded(SECONDS_TO_EFFECT[action] / LONGEST_SECONDS),
    churn: rounded(unit(spent / Math.max(1, policy.budget.perDay))),
    drift: action === "resize" ? 1 : 0,
  };
}

/**
 * The part of what is too much that goes away; of the fullest volume when no growth is wanted. By
 * proportion, so that a step worth taking at some load is worth taking at any above it.
 */
function relief(
  draft: Draft,
  situation: Situation,
  policy: DecisionPolicy,
  wanted: number,
): number {
  if (wanted > 1) return unit(1 - 1 / Math.min(growthOf(draft, situation), wanted));
  const volume = fullestVolume(situation);
  if (volume === null || volume.usedRatio < policy.volume.fullRatio) return 1;
  return isGrowing(draft) ? 1 : 0;
}

/** 1 with all the growth that is wanted, or at the class's target; 0 at so many times of it. */
function headroom(
  draft: Draft,
  situation: Situation,
  policy: DecisionPolicy,
  wanted: number,
): number {
  // What is short comes first: a volume has its turn when that is over.
  if (wanted > 1) return roomUnder(wanted / growthOf(draft, situation));
  const { targetUtilizationRatio } = policy[situation.load.resource];
  const after = utilizationAfter(draft, situation);
  const ofLoad = after === null ? UNKNOWN : roomUnder(after / targetUtilizationRatio);
  const volume = fullestVolume(situation);
  if (volume === null) return ofLoad;
  const growth =
    draft.volume === null ? 1 : draft.volume.afterBytes / Math.max(1, draft.volume.beforeBytes);
  const ofVolume = unit((1 - volume.usedRatio / growth) / (1 - policy.volume.fullRatio));
  return Math.min(ofLoad, ofVolume);
}

function roomUnder(times: number): number {
  return times <= 1 ? 1 : unit(1 - Math.log2(times) / OVERLOAD_OCTAVES);
}

function cost({ changes, replicas, volume }: Draft, situation: Situation): number {
  const before = totalsOf(situation);
  const after = totalsOf(situation, changes);
  const ofPod = before.request > 0 && after.request > 0 ? after.request / before.request : 1;
  const ofReplicas = replicas === null ? 1 : replicas.after / Math.max(1, replicas.before);
  const ofVolume =
    volume === null
      ? 0
      : Math.log2(volume.afterBytes / Math.max(1, volume.beforeBytes)) * STORAGE_COST_RATIO;
  const octaves = Math.log2(ofPod * ofReplicas) + ofVolume;
  return unit((octaves + COST_OCTAVES) / (2 * COST_OCTAVES));
}

/** A new replica goes where there is room: only sizes press on the pod's own node. */
function nodePressure({ changes }: Draft, situation: Situation): number {
  const node = situation.surroundings?.node ?? null;
  if (node === null) return UNKNOWN;
  const key = amountKey(situation.load.resource);
  const added = totalsOf(situation, changes).request - totalsOf(situation).request;
  return node.allocatable[key] > 0
    ? unit((node.requested[key] + added) / node.allocatable[key])
    : UNKNOWN;
}

/** Use over what it is measured against, with the same use; null when only the band is known. */
function utilizationAfter(draft: Draft, situation: Situation): number | null {
  const { percent } = situation.load;
  return percent === null ? null : percent / 100 / growthOf(draft, situation);
}

/** By how much there is more of the resource for the same use; below 1 for less. */
function growthOf({ changes, replicas }: Draft, situation: Situation): number {
  if (replicas !== null) return replicas.after / Math.max(1, replicas.before);
  return sizeRatio(situation, changes);
}

function isGrowing({ volume }: Draft): boolean {
  return volume !== null && volume.afterBytes > volume.beforeBytes;
}

function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Six digits: people read it, and no noise of the last bit decides. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
