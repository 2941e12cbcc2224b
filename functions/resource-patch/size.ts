import type { ContainerChange, Share } from "../../shared/events/change.ts";
import type { Situation } from "../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../shared/policy-class.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import {
  formatCpuMillis,
  formatMemoryBytes,
  parseCpuMillis,
  parseMemoryBytes,
} from "../../shared/quantity.ts";

export type Container = Situation["pod"]["containers"][number];

const BYTES_PER_MEBIBYTE = 1024 * 1024;

/** What differs between the resources. Amounts are cpuMillis or memoryBytes. */
export type Scale = {
  parse(quantity: string): number;
  format(amount: number): string;
  /** Sizes are whole multiples of it, so that people can read them. */
  step: number;
  max: number;
  min: number;
};

/** Knative's sidecar. The load rules leave it out, and Knative sets its size. */
const NOT_OURS: ReadonlySet<string> = new Set(["queue-proxy"]);

/** How full the containers are, and by how much they have to grow to be as full as the class wants. */
export function growthRatio(percent: number, resource: Resource, policy: DecisionPolicy): number {
  const { targetUtilizationRatio, maxStepUpRatio } = policy[resource];
  return Math.min(percent / 100 / targetUtilizationRatio, maxStepUpRatio);
}

/** Whether it is for us to size. */
export function isOurs({ name }: Container): boolean {
  return !NOT_OURS.has(name);
}

/**
 * The containers that change when each grows by `ratio`: limits (requests where there is no limit)
 * up to the class's bound, requests in the same proportion to their limit, everything rounded up
 * and nothing made smaller; but no size by more than `mostRatio`, rounded down. A container without either is left alone, and so is one at the bound.
 */
export function grow(
  containers: readonly Container[],
  ratio: number,
  resource: Resource,
  policy: DecisionPolicy,
  mostRatio = Number.POSITIVE_INFINITY,
): ContainerChange[] {
  if (ratio <= 1) return [];
  const scale = scaleOf(resource, policy);
  const { limits, maxStepUpRatio } = policy[resource];
  return containers.filter(isOurs).flatMap(({ name, kind, share }) => {
    const after =
      limits === "fixed" && share.limit !== null
        ? raiseRequest(share, ratio, Math.min(maxStepUpRatio, mostRatio), scale)
        : growShare(share, ratio, scale, mostRatio);
    return after === null ? [] : [{ container: name, kind, before: share, after }];
  });
}

/** Whether a container has an amount to grow from. 0 means without bound, as for the kubelet. */
export function isSized({ share }: Container, resource: Resource): boolean {
  const { parse } = resource === "cpu" ? CPU : MEMORY;
  return [share.limit, share.request].some((quantity) => quantity !== null && parse(quantity) > 0);
}

/** Whether a share is what the class Guaranteed wants of it: a limit, and a request equal to it. */
export function isGuaranteed({ limit, request }: Share, resource: Resource): boolean {
  const { parse } = resource === "cpu" ? CPU : MEMORY;
  return limit !== null && request !== null && parse(limit) === parse(request);
}

/**
 * The request that `ratio` times the limit would have, below a limit that stays. One that is below
 * its limit stays below it, for the QoS class.
 */
function raiseRequest(
  { limit, request }: Share,
  ratio: number,
  mostRatio: number,
  scale: Scale,
): Share | null {
  const limitAmount = limit === null ? 0 : scale.parse(limit);
  const requestAmount = request === null ? 0 : scale.parse(request);
  if (requestAmount <= 0 || requestAmount >= limitAmount) return null;
  const wanted = Math.min(roundUp(limitAmount * ratio, scale.step), scale.max);
  const most = roundDown(requestAmount * mostRatio, scale.step);
  const after = Math.min(wanted, most, limitAmount - 1);
  return after > requestAmount ? { limit, request: scale.format(after) } : null;
}

/** Larger by `ratio`, and in no part by more than `mostRatio`; null when that is no larger. */
export function growShare(
  { limit, request }: Share,
  ratio: number,
  scale: Scale,
  mostRatio: number,
): Share | null {
  const limitBefore = limit === null ? 0 : scale.parse(limit);
  const requestBefore = request === null ? 0 : scale.parse(request);
  const base = limitBefore > 0 ? limitBefore : requestBefore;
  if (base <= 0) return null;
  const most = (amount: number) => roundDown(amount * mostRatio, scale.step);
  const wanted = roundUp(base * ratio, scale.step);
  const after = Math.min(Math.max(wanted, scale.min), scale.max, most(base));
  if (after <= base) return null;
  if (limitBefore <= 0) return { limit, request: scale.format(after) };
  if (requestBefore <= 0) return { limit: scale.format(after), request };
  const inProportion = requestAfter(requestBefore, limitBefore, after, scale.step);
  return {
    limit: scale.format(after),
    request: scale.format(Math.max(requestBefore, Math.min(inProportion, most(requestBefore)))),
  };
}

/** A request equal to its limit stays equal, and one below it stays below: the QoS class hangs on it. */
function requestAfter(request: number, limit: number, limitAfter: number, step: number): number {
  if (request >= limit) return limitAfter;
  const exact = roundUp((request * limitAfter) / limit, 1);
  const rounded = roundUp(exact, step);
  return rounded < limitAfter ? rounded : Math.min(exact, limitAfter - 1);
}

/** To a whole multiple. Binary fractions: 0.66 / 0.55 must not round 120.00000000000001 up to 121. */
export function roundUp(amount: number, step: number): number {
  return Math.ceil(Number((amount / step).toPrecision(12))) * step;
}

/** To a whole multiple, which an infinite amount has none of, and stays. */
function roundDown(amount: number, step: number): number {
  return Math.floor(Number((amount / step).toPrecision(12))) * step;
}

const CPU = { parse: parseCpuMillis, format: formatCpuMillis, step: 1 };
const MEMORY = { parse: parseMemoryBytes, format: formatMemoryBytes, step: BYTES_PER_MEBIBYTE };

export function scaleOf(resource: Resource, { cpu, memory }: DecisionPolicy): Scale {
  if (resource === "cpu") return { ...CPU, min: cpu.minMillis, max: cpu.maxMillis };
  return {
    ...MEMORY,
    min: memory.minMebibytes * BYTES_PER_MEBIBYTE,
    max: memory.maxMebibytes * BYTES_PER_MEBIBYTE,
  };
}
