import { expectedPeak, longestPeak } from "./memory-peaks.ts";
import { oomBump } from "./oom-bump.ts";
import type { MemorySizing } from "./settings.ts";
import type { UsageHistory } from "./usage-record.ts";

/** What a container's memory request should be, before bounds and hysteresis, and why. In bytes. */
export type MemoryNeed = {
  needBytes: number;
  basis: "peak" | "oom";
  peakBytes: number;
  /** 0 when there was no kill lately. */
  bumpBytes: number;
};

export function memoryNeed(
  record: UsageHistory,
  nowSeconds: number,
  settings: MemorySizing,
): MemoryNeed {
  const peakBytes = expectedPeak(record.memory, nowSeconds, settings);
  const factor = 1 + settings.marginRatio;
  const longest = record.oomKill === null ? 0 : longestPeak(record.memory, nowSeconds);
  const bumpBytes = oomBump(record.oomKill, longest * factor, nowSeconds, settings);
  const withMargin = peakBytes * factor;
  return {
    needBytes: Math.max(withMargin, bumpBytes),
    basis: bumpBytes > withMargin ? "oom" : "peak",
    peakBytes,
    bumpBytes,
  };
}
