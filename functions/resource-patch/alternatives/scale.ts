import type { Situation } from "../../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../../shared/policy-class.ts";
import { amountKey, totalsOf } from "../totals.ts";
import { canShrinkBy, usageFacts } from "../usage-advice.ts";
import type { Draft } from "./draft.ts";

/** So many replicas that a high load has `wanted` times as much, as far as there is room. */
export function scaleOut(situation: Situation, policy: DecisionPolicy, wanted: number): Draft[] {
  const { load, surroundings } = situation;
  const replicas = surroundings?.workload?.replicas ?? null;
  if (replicas === null || load.band !== "high") return [];
  const before = replicas.desired;
  // Whole replicas: twelve digits, so that 2 × 1.5 does not become 4.
  const inAll = Math.ceil(Number((before * wanted).toPrecision(12)));
  const possible = Math.min(inAll, before + replicasLeft(situation));
  // Without room for one more, the guards say what is in the way.
  const after = Math.min(possible > before ? possible : inAll, policy.replicas.max);
  return before >= 1 && after > before ? [draft(situation, "scale-out", before, after)] : [];
}

/**
 * One replica less, when the others stay at the class's target or below, and history is long enough
 * to know, and asks for more nowhere.
 */
export function scaleIn(situation: Situation, policy: DecisionPolicy): Draft[] {
  const { load, surroundings } = situation;
  const replicas = surroundings?.workload?.replicas ?? null;
  if (replicas === null || load.band === "high" || load.percent === null) return [];
  if (!canShrinkBy(situation) || asksForMore(situation)) return [];
  const before = replicas.desired;
  const after = before - 1;
  if (after < policy.replicas.min) return [];
  const percentAfter = (load.percent * before) / after;
  return percentAfter <= policy[load.resource].targetUtilizationRatio * 100
    ? [draft(situation, "scale-in", before, after)]
    : [];
}

/** How many more pods like this one the namespace's quotas leave; infinite when that is unknown. */
function replicasLeft(situation: Situation): number {
  const quota = situation.surroundings?.quota ?? null;
  if (quota === null) return Number.POSITIVE_INFINITY;
  const key = amountKey(situation.load.resource);
  const { request, limit } = totalsOf(situation);
  const fits = (left: number | null, size: number) =>
    left === null || size <= 0 ? Number.POSITIVE_INFINITY : Math.floor(left / size);
  return Math.min(
    quota.podsLeft ?? Number.POSITIVE_INFINITY,
    fits(quota.requestsLeft[key], request),
    fits(quota.limitsLeft[key], limit),
  );
}

function asksForMore(situation: Situation): boolean {
  const containers = usageFacts(situation)?.containers ?? [];
  return containers.some(({ cpu, memory }) => cpu?.kind === "grow" || memory?.kind === "grow");
}

function draft(
  { owner }: Situation,
  action: "scale-out" | "scale-in",
  before: number,
  after: number,
): Draft {
  const direction = action === "scale-out" ? "up" : "down";
  const replicas = { before, after };
  return { action, direction, target: owner, changes: [], replicas, volume: null };
}
