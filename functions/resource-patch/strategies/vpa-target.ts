import type { Share } from "../../../shared/events/change.ts";
import type { Situation } from "../../../shared/events/situation.ts";
import type { VpaFacts } from "../../../shared/events/strategy-facts.ts";
import type { DecisionPolicy } from "../../../shared/policy-class.ts";
import { type Container, isOurs, roundUp, type Scale, scaleOf } from "../size.ts";
import { totalsOf } from "../totals.ts";
import type { WantedSizes } from "../wanted-sizes.ts";

type Recommended = VpaFacts["containers"][number];

/**
 * The targets of a VerticalPodAutoscaler as requests, within the class's bounds, with limits as the
 * class wants them. As the VPA's own updater does, a request within the recommended bounds stays:
 * a target moves a little all the time. Upward no request is multiplied by more than `mostRatio`.
 */
export function vpaSizes(
  situation: Situation,
  facts: VpaFacts,
  policy: DecisionPolicy,
  mostRatio: number,
): WantedSizes {
  const { resource } = situation.load;
  const scale = scaleOf(resource, policy);
  const changes = situation.pod.containers.filter(isOurs).flatMap((container) => {
    const recommended = facts.containers.find(({ name }) => name === container.name);
    if (recommended === undefined) return [];
    const { limits } = policy[resource];
    const after = sized(container, recommended, scale, limits, mostRatio);
    const { name, kind, share } = container;
    return after === null ? [] : [{ container: name, kind, before: share, after }];
  });
  const [before, after] = [totalsOf(situation).request, totalsOf(situation, changes).request];
  return { direction: after > before ? "up" : after < before ? "down" : "none", changes };
}

/** null when it stays. */
function sized(
  { share }: Container,
  { targetAmount, lowerAmount, upperAmount }: Recommended,
  scale: Scale,
  limits: "ratio" | "fixed" | "none",
  mostRatio: number,
): Share | null {
  const request = share.request === null ? 0 : scale.parse(share.request);
  // Without a request a pod would get one, and another QoS class with it.
  if (request <= 0) return null;
  const isWithin =
    lowerAmount !== null &&
    upperAmount !== null &&
    request >= lowerAmount &&
    request <= upperAmount;
  if (isWithin) return null;
  const limit = share.limit === null ? null : scale.parse(share.limit);
  const wanted = Math.min(Math.max(roundUp(targetAmount, scale.step), scale.min), scale.max);
  const possible = wanted > request ? Math.min(wanted, Math.floor(request * mostRatio)) : wanted;
  const isEqual = limit === request;
  // The bound is one of limits, and a request below its limit stays below it.
  const most =
    limit === null || isEqual
      ? possible
      : Math.min(possible, limits === "fixed" ? limit - 1 : (scale.max * request) / limit);
  const after = Math.floor(most);
  if (after <= 0 || after === request || (isEqual && limits === "fixed")) return null;
  if (limit === null) return { request: scale.format(after), limit: null };
  if (limits === "fixed") return { request: scale.format(after), limit: share.limit };
  const limitAfter = isEqual
    ? after
    : Math.min(scale.max, Math.max(roundUp((limit * after) / request, scale.step), after + 1));
  return { request: scale.format(after), limit: scale.format(limitAfter) };
}
