import type { ContainerChange } from "../../shared/events/change.ts";
import type { Situation } from "../../shared/events/situation.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { parseCpuMillis, parseMemoryBytes } from "../../shared/quantity.ts";

/** Of one resource: requests, limits, and what load is measured against (limit, else request). */
export type Totals = { request: number; limit: number; base: number };

/** The sums over a pod's containers, with some of them changed. Amounts are cpuMillis or memoryBytes. */
export function totalsOf(
  { pod, load }: Pick<Situation, "pod" | "load">,
  changes: readonly ContainerChange[] = [],
): Totals {
  const totals: Totals = { request: 0, limit: 0, base: 0 };
  for (const { name, share } of pod.containers) {
    const { request, limit } = changes.find(({ container }) => container === name)?.after ?? share;
    const requestAmount = toAmount(request, load.resource);
    const limitAmount = toAmount(limit, load.resource);
    totals.request += requestAmount;
    totals.limit += limitAmount;
    totals.base += limitAmount > 0 ? limitAmount : requestAmount;
  }
  return totals;
}

/** 0 where it is not set. */
export function toAmount(quantity: string | null, resource: Resource): number {
  if (quantity === null) return 0;
  return resource === "cpu" ? parseCpuMillis(quantity) : parseMemoryBytes(quantity);
}

/** The name of a resource's amount in facts about the cluster. */
export function amountKey(resource: Resource): "cpuMillis" | "memoryBytes" {
  return resource === "cpu" ? "cpuMillis" : "memoryBytes";
}
