import type { ContainerChange, Direction, Share } from "../../shared/events/change.ts";
import type { Situation } from "../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../shared/policy-class.ts";
import { shrinkShare } from "./shrink.ts";
import {
  type Container,
  grow,
  growShare,
  growthRatio,
  isOurs,
  roundUp,
  type Scale,
  scaleOf,
} from "./size.ts";
import { canShrinkBy, usageOf } from "./usage-advice.ts";

/** The containers that ought to change, all in one direction. */
export type WantedSizes = { direction: Direction; changes: ContainerChange[] };

/**
 * Up when the load is high or the history asks for it, whichever asks for more; down only when the
 * load is not high, nothing asks for more, and there is enough of a history. Upward no size is
 * multiplied by more than `mostRatio`.
 */
export function wantedSizes(
  situation: Situation,
  policy: DecisionPolicy,
  mostRatio: number,
): WantedSizes {
  const { load, pod } = situation;
  const { resource, percent } = load;
  const scale = scaleOf(resource, policy);
  const isHigh = load.band === "high";
  const byLoad =
    isHigh && percent !== null
      ? grow(pod.containers, growthRatio(percent, resource, policy), resource, policy, mostRatio)
      : [];
  const byHistory = pod.containers.filter(isOurs).flatMap((container) => {
    const after = grownByHistory(situation, container, policy, scale, mostRatio);
    return after === null ? [] : [toChange(container, after)];
  });
  const ups = merge(byLoad, byHistory, pod.containers, scale);
  if (ups.length > 0) return { direction: "up", changes: ups };
  const isUnmeasured = load.percent === null && load.band !== "low";
  if (isHigh || isUnmeasured || !canShrinkBy(situation)) return { direction: "none", changes: [] };
  const downs = pod.containers.filter(isOurs).flatMap((container) => {
    const usage = usageOf(situation, container.name);
    if (usage?.advice?.kind !== "shrink") return [];
    const { requestAmount, neededAmount } = usage.advice;
    const need = {
      requestAmount,
      neededAmount: Math.max(neededAmount, usage.nowAmount ?? 0, byPercent(container)),
    };
    const after = shrinkShare(container.share, need, policy[resource], scale);
    return after === null ? [] : [toChange(container, after)];
  });
  return downs.length > 0
    ? { direction: "down", changes: downs }
    : { direction: "none", changes: [] };

  /** What the alert says of the pod as a whole holds for each of its containers, for all we know. */
  function byPercent({ share }: Container): number {
    const base = share.limit ?? share.request;
    return percent === null || base === null ? 0 : (scale.parse(base) * percent) / 100;
  }
}

/** null when history asks for no more, or a limit that stays leaves no room below it. */
function grownByHistory(
  situation: Situation,
  { name, share }: Container,
  policy: DecisionPolicy,
  scale: Scale,
  mostRatio: number,
): Share | null {
  const { limits, maxStepUpRatio } = policy[situation.load.resource];
  const advice = usageOf(situation, name)?.advice;
  if (advice?.kind !== "grow" || share.request === null) return null;
  const request = scale.parse(share.request);
  if (request <= 0) return null;
  const ratio = Math.min(advice.requestAmount / request, maxStepUpRatio, mostRatio);
  if (limits === "fixed" && share.limit !== null) {
    const most = Math.min(scale.max, scale.parse(share.limit) - 1);
    const after = Math.min(roundUp(request * ratio, scale.step), most);
    return after > request ? { limit: share.limit, request: scale.format(after) } : null;
  }
  return ratio > 1 ? growShare(share, ratio, scale, mostRatio) : null;
}

function toChange({ name, kind, share }: Container, after: Share): ContainerChange {
  return { container: name, kind, before: share, after };
}

/** The larger of two wishes for each container, in the pod's order. */
function merge(
  one: readonly ContainerChange[],
  other: readonly ContainerChange[],
  containers: readonly Container[],
  scale: Scale,
): ContainerChange[] {
  const larger = (a: string | null, b: string | null) =>
    a === null || (b !== null && scale.parse(b) > scale.parse(a)) ? b : a;
  return containers.flatMap(({ name }) => {
    const [a, b] = [one, other].map((changes) =>
      changes.find(({ container }) => container === name),
    );
    if (a === undefined || b === undefined) return a ?? b ?? [];
    const after = {
      request: larger(a.after.request, b.after.request),
      limit: larger(a.after.limit, b.after.limit),
    };
    return { ...a, after };
  });
}
