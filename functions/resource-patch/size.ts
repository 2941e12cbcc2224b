import type { ContainerChange, Share, Situation } from "../../shared/events/resources.ts";
import type { ClassPolicy, Resource } from "../../shared/policy-schema.ts";
import {
  formatCpuMillis,
  formatMemoryBytes,
  parseCpuMillis,
  parseMemoryBytes,
} from "../../shared/quantity.ts";

type Container = Situation["pod"]["containers"][number];

const BYTES_PER_MEBIBYTE = 1024 * 1024;

/** What differs between the resources. Amounts are cpuMillis or memoryBytes. */
type Scale = {
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
export function growthRatio(percent: number, resource: Resource, policy: ClassPolicy): number {
  const { targetUtilizationRatio, maxStepUpRatio } = policy[resource];
  return Math.min(percent / 100 / targetUtilizationRatio, maxStepUpRatio);
}

/**
 * The containers that change when each grows by `ratio`: limits (requests where there is no limit)
 * up to the class's bound, requests in the same proportion to their limit, everything rounded up
 * and nothing made smaller. A container without either is left alone, and so is one at the bound.
 */
export function grow(
  containers: readonly Container[],
  ratio: number,
  resource: Resource,
  policy: ClassPolicy,
): ContainerChange[] {
  if (ratio <= 1) return [];
  const scale = scaleOf(resource, policy);
  return containers.flatMap(({ name, kind, share }) => {
    if (NOT_OURS.has(name)) return [];
    const after = growShare(share, ratio, scale);
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

function growShare({ limit, request }: Share, ratio: number, scale: Scale): Share | null {
  const limitBefore = limit === null ? 0 : scale.parse(limit);
  const requestBefore = request === null ? 0 : scale.parse(request);
  const base = limitBefore > 0 ? limitBefore : requestBefore;
  if (base <= 0) return null;
  const wanted = roundUp(base * ratio, scale.step);
  const after = Math.min(Math.max(wanted, scale.min), scale.max);
  if (after <= base) return null;
  if (limitBefore <= 0) return { limit, request: scale.format(after) };
  if (requestBefore <= 0) return { limit: scale.format(after), request };
  return {
    limit: scale.format(after),
    request: scale.format(requestAfter(requestBefore, limitBefore, after, scale.step)),
  };
}

/** A request equal to its limit stays equal, and one below it stays below: the QoS class hangs on it. */
function requestAfter(request: number, limit: number, limitAfter: number, step: number): number {
  if (request >= limit) return limitAfter;
  const exact = roundUp((request * limitAfter) / limit, 1);
  const rounded = roundUp(exact, step);
  return rounded < limitAfter ? rounded : Math.min(exact, limitAfter - 1);
}

/** Binary fractions: 0.66 / 0.55 must not round 120.00000000000001 up to 121. */
function roundUp(amount: number, step: number): number {
  return Math.ceil(Number((amount / step).toPrecision(12))) * step;
}

const CPU = { parse: parseCpuMillis, format: formatCpuMillis, step: 1 };
const MEMORY = { parse: parseMemoryBytes, format: formatMemoryBytes, step: BYTES_PER_MEBIBYTE };

function scaleOf(resource: Resource, { cpu, memory }: ClassPolicy): Scale {
  if (resource === "cpu") return { ...CPU, min: cpu.minMillis, max: cpu.maxMillis };
  return {
    ...MEMORY,
    min: memory.minMebibytes * BYTES_PER_MEBIBYTE,
    max: memory.maxMebibytes * BYTES_PER_MEBIBYTE,
  };
}
