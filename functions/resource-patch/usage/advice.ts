import type { ResourceAdvice } from "../../../shared/events/usage-facts.ts";
import type { Moved } from "../sizing/move.ts";
import type { CpuSizing, MemorySizing } from "../sizing/settings.ts";
import type { SizeAdvice } from "../sizing/size.ts";

const KINDS = { up: "grow", down: "shrink", keep: "keep" } as const;
const BYTES_PER_MEBIBYTE = 1024 * 1024;

/** The advice for CPU with the part of the history that asked for the most. */
export function cpuAdvice(
  { need, ...moved }: SizeAdvice["cpu"],
  settings: CpuSizing,
): ResourceAdvice {
  return toAdvice(moved, need.needMillis, `${cpuBasis(need, settings)}: ${moved.reason}`);
}

export function memoryAdvice(
  { need, ...moved }: NonNullable<SizeAdvice["memory"]>,
  settings: MemorySizing,
): ResourceAdvice {
  const peak = mebibytes(need.peakBytes);
  const basis =
    need.basis === "oom"
      ? `killed for want of memory in the last ${settings.oomHoldHours} hours, ${mebibytes(need.bumpBytes)} asked for`
      : `peak of ${peak} expected, ${percent(settings.marginRatio)} on top`;
  return toAdvice(moved, need.needBytes, `${basis}: ${moved.reason}`);
}

function cpuBasis(
  {
    basis,
    recentMillis,
    shapeMillis,
    pressureMillis,
    growthMillis,
    trendRatio,
  }: SizeAdvice["cpu"]["need"],
  settings: CpuSizing,
): string {
  const margin = `${percent(settings.marginRatio)} on top`;
  switch (basis) {
    case "recent":
      return `percentile ${settings.recentPercentile} of the last ${settings.recentMinutes} minutes is ${millis(recentMillis)}, ${margin}`;
    case "shape": {
      const trend = trendRatio < 1 ? ` at ${percent(trendRatio)} of their level` : "";
      return `the coming hours on the days before${trend} ask for ${millis(shapeMillis)}, ${margin}`;
    }
    case "pressure":
      return `above the request for ${settings.pressureMinutes} minutes, up to ${millis(pressureMillis ?? 0)}, ${margin}`;
    case "limit":
      return `at the limit, so the demand is not known: grow to ${millis(growthMillis ?? 0)} and look again`;
  }
}

function toAdvice({ kind, amount }: Moved, neededAmount: number, reason: string): ResourceAdvice {
  return { kind: KINDS[kind], requestAmount: amount, neededAmount, reason };
}

const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
const millis = (amount: number): string => `${Math.ceil(amount)}m`;
const mebibytes = (bytes: number): string => `${Math.ceil(bytes / BYTES_PER_MEBIBYTE)}Mi`;
