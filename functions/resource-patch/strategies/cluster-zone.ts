import type { ContainerChange } from "../../../shared/events/change.ts";
import type { Situation } from "../../../shared/events/situation.ts";
import type { Zone, ZoneFacts } from "../../../shared/events/strategy-facts.ts";
import type { DecisionPolicy } from "../../../shared/policy-class.ts";
import type { Rules } from "../../../shared/policy-rules.ts";
import type { Draft } from "../alternatives/draft.ts";
import { type Container, isOurs, scaleOf } from "../size.ts";
import { totalsOf } from "../totals.ts";

/** The arithmetic of the original Koptim demo: a fuller cluster gives each Deployment less. */
const PART_OF_SMALLEST_NODE = 0.8;
const PART_OF_ZONE: Readonly<Record<Zone, number>> = { low: 1, medium: 0.8, high: 0.6 };

/** The label that tells the zone a Deployment was last written for. */
export const ZONE_LABEL = "patch";

/** All CPU limits over all that nodes have, in percent; 100 for a cluster that has nothing. */
export function clusterPercent({ limitsCpuMillis, allocatableCpuMillis }: ZoneFacts): number {
  return allocatableCpuMillis > 0 ? (limitsCpuMillis / allocatableCpuMillis) * 100 : 100;
}

/** By the borders of the bands, without their hysteresis: the original had none. */
export function zoneOf(facts: ZoneFacts, bands: Rules["bands"]): Zone {
  const { moderatePercent, highPercent } = bands ?? { moderatePercent: 33, highPercent: 66 };
  const percent = clusterPercent(facts);
  if (percent >= highPercent) return "high";
  return percent >= moderatePercent ? "medium" : "low";
}

/** The CPU limit that each container gets in a zone, before the bounds of its class. */
export function zoneLimitMillis({ smallestNodeCpuMillis }: ZoneFacts, zone: Zone): number {
  return Math.floor(smallestNodeCpuMillis * PART_OF_SMALLEST_NODE * PART_OF_ZONE[zone]);
}

/**
 * The Deployment's template with the limits of the zone, and its label. Requests stay: a limit never
 * goes below its request, and what has no request is left alone, because the API server would take
 * the limit for one. Nothing to write when the label says the zone already.
 */
export function zonePatch(
  situation: Situation,
  facts: ZoneFacts,
  rules: Rules,
  policy: DecisionPolicy,
): Draft {
  const { owner, pod } = situation;
  const zone = zoneOf(facts, rules.bands);
  const isNew = facts.current !== zone;
  const limitMillis = zoneLimitMillis(facts, zone);
  const changes = isNew
    ? pod.containers.filter(isOurs).flatMap((container) => change(container, limitMillis, policy))
    : [];
  const [before, after] = [totalsOf(situation).limit, totalsOf(situation, changes).limit];
  return {
    action: "patch-owner",
    direction: after > before ? "up" : after < before ? "down" : "none",
    target: owner,
    changes,
    replicas: null,
    volume: null,
    ...(isNew ? { labels: { [ZONE_LABEL]: zone } } : {}),
  };
}

function change(
  { name, kind, share }: Container,
  limitMillis: number,
  policy: DecisionPolicy,
): ContainerChange[] {
  const scale = scaleOf("cpu", policy);
  const request = share.request === null ? 0 : scale.parse(share.request);
  if (request <= 0) return [];
  const amount = Math.max(request, scale.min, Math.min(limitMillis, scale.max));
  if (share.limit !== null && scale.parse(share.limit) === amount) return [];
  const after = { request: share.request, limit: scale.format(amount) };
  return [{ container: name, kind, before: share, after }];
}
