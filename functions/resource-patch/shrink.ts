import type { Share } from "../../shared/events/change.ts";
import { roundUp, type Scale } from "./size.ts";

/** What is known of the need of one container. Amounts are cpuMillis or memoryBytes. */
export type Need = {
  /** The request that history advises. */
  requestAmount: number;
  /** What it needs, of history or now, whichever is more. */
  neededAmount: number;
};

type Manner = {
  targetUtilizationRatio: number;
  maxStepDownRatio: number;
  limits: "ratio" | "fixed" | "none";
};

/**
 * A share made smaller by a step at most. What the load is measured against (the limit; the request
 * where there is none) stays so large that what is needed is at the class's target: a smaller one
 * would bring the alert that makes it larger again. null when there is nothing to take away.
 */
export function shrinkShare(share: Share, need: Need, manner: Manner, scale: Scale): Share | null {
  const limit = share.limit === null ? 0 : scale.parse(share.limit);
  const request = share.request === null ? 0 : scale.parse(share.request);
  if (request <= 0) return null;
  const least = (amount: number) => roundUp(amount * manner.maxStepDownRatio, scale.step);
  const base = Math.max(
    roundUp(need.neededAmount / manner.targetUtilizationRatio, scale.step),
    scale.min,
  );
  const requestWanted = Math.max(roundUp(need.requestAmount, scale.step), least(request));
  if (limit <= 0) {
    const after = Math.max(requestWanted, base);
    return after < request ? { limit: share.limit, request: scale.format(after) } : null;
  }
  const isEqual = request >= limit;
  if (manner.limits === "fixed" && isEqual) return null;
  const limitAfter =
    manner.limits === "fixed"
      ? limit
      : Math.min(
          limit,
          Math.max(roundUp((limit * requestWanted) / request, scale.step), least(limit), base),
        );
  if (isEqual) {
    if (limitAfter >= limit) return null;
    return { limit: scale.format(limitAfter), request: scale.format(limitAfter) };
  }
  const requestAfter = Math.min(request, requestWanted, limitAfter - 1);
  if (limitAfter >= limit && requestAfter >= request) return null;
  return {
    limit: limitAfter < limit ? scale.format(limitAfter) : share.limit,
    request: requestAfter < request ? scale.format(requestAfter) : share.request,
  };
}
