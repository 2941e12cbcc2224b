import type { V1LimitRange, V1LimitRangeItem } from "@kubernetes/client-node";
import type { Surroundings } from "../../../shared/events/surroundings.ts";
import { parseCpuMillis } from "../../../shared/quantity.ts";
import { type Quantities, tighter, toBounded, UNBOUNDED } from "./amounts.ts";

type Limits = NonNullable<Surroundings["containerLimits"]>;

/** What the LimitRanges of a namespace allow for each container, or for a whole pod. */
export function limitsOf(ranges: readonly V1LimitRange[], type: "Container" | "Pod"): Limits {
  return ranges
    .flatMap(({ spec }) => spec?.limits ?? [])
    .filter((item) => item.type === type)
    .reduce<Limits>(
      (known, item) => ({
        min: tighter(known.min, toBounded(item.min), "higher"),
        max: tighter(known.max, toBounded(item.max), "lower"),
        maxLimitRequestRatio: tighter(known.maxLimitRequestRatio, ratiosOf(item), "lower"),
      }),
      { min: UNBOUNDED, max: UNBOUNDED, maxLimitRequestRatio: UNBOUNDED },
    );
}

/** Plain numbers for both, though written as quantities: "1.5" is one and a half. */
function ratiosOf({ maxLimitRequestRatio }: V1LimitRangeItem) {
  const { cpu, memory }: Quantities = maxLimitRequestRatio ?? {};
  const toRatio = (ratio: string | number | undefined) =>
    ratio === undefined ? null : parseCpuMillis(ratio) / 1000;
  return { cpuMillis: toRatio(cpu), memoryBytes: toRatio(memory) };
}
