import type { Amounts, Bounded } from "../../../shared/events/surroundings.ts";
import { parseCpuMillis, parseMemoryBytes } from "../../../shared/quantity.ts";

/** Quantities by resource, as the API writes them. */
export type Quantities = Readonly<Record<string, string | number>>;

export const NONE: Amounts = { cpuMillis: 0, memoryBytes: 0 };
export const UNBOUNDED: Bounded = { cpuMillis: null, memoryBytes: null };

/** What is not named is 0. */
export function toAmounts(list: Quantities | undefined): Amounts {
  return {
    cpuMillis: parseCpuMillis(list?.["cpu"] ?? 0),
    memoryBytes: parseMemoryBytes(list?.["memory"] ?? 0),
  };
}

/** What is not named is without bound. */
export function toBounded(list: Quantities | undefined): Bounded {
  const { cpu, memory } = list ?? {};
  return {
    cpuMillis: cpu === undefined ? null : parseCpuMillis(cpu),
    memoryBytes: memory === undefined ? null : parseMemoryBytes(memory),
  };
}

function combine(
  left: Amounts,
  right: Amounts,
  by: (left: number, right: number) => number,
): Amounts {
  return {
    cpuMillis: by(left.cpuMillis, right.cpuMillis),
    memoryBytes: by(left.memoryBytes, right.memoryBytes),
  };
}

export const add = (left: Amounts, right: Amounts): Amounts =>
  combine(left, right, (one, other) => one + other);

export const larger = (left: Amounts, right: Amounts): Amounts => combine(left, right, Math.max);

/** What is left, at least 0: a node can be given more than it has. */
export const left = (whole: Amounts, used: Amounts): Amounts =>
  combine(whole, used, (one, other) => Math.max(0, one - other));

/** The tighter bound of each: the lower of two highest, the higher of two lowest. */
export function tighter(one: Bounded, other: Bounded, by: "lower" | "higher"): Bounded {
  const pick = by === "lower" ? Math.min : Math.max;
  const both = (first: number | null, second: number | null) =>
    first === null ? second : second === null ? first : pick(first, second);
  return {
    cpuMillis: both(one.cpuMillis, other.cpuMillis),
    memoryBytes: both(one.memoryBytes, other.memoryBytes),
  };
}
