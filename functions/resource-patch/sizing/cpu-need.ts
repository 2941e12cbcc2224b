import { dailyShape } from "./daily-shape.ts";
import { limitGrowth } from "./limit-growth.ts";
import { pressurePeak } from "./pressure.ts";
import { recentLevel } from "./recent-level.ts";
import { percentileInPlace } from "./percentile.ts";
import type { CpuSizing } from "./settings.ts";
import { HISTORY_DAYS, SLOTS_PER_DAY, slotAt } from "./slot-history.ts";
import { RECENT_MINUTES, type UsageHistory } from "./usage-record.ts";

/** What a container's CPU request should be, before bounds and hysteresis, and why. In cpuMillis. */
export type CpuNeed = {
  needMillis: number;
  /** Which of the estimators asked for the most. */
  basis: "recent" | "shape" | "pressure" | "limit";
  recentMillis: number;
  /** After the trend. */
  shapeMillis: number;
  trendRatio: number;
  /** null when usage has not been above the request all along. */
  pressureMillis: number | null;
  /** All along for twice as long: the request is too small, however little. */
  hasStoodAbove: boolean;
  /** null when the limit is not touched. */
  growthMillis: number | null;
};

/** The largest of what the last hour, the same hours of the days before, and the present ask for. */
export function cpuNeed(
  record: UsageHistory,
  share: { request: number; limit: number | null },
  nowSeconds: number,
  settings: CpuSizing,
): CpuNeed {
  const factor = 1 + settings.marginRatio;
  const recentMillis = recentLevel(record.cpu, nowSeconds, settings);
  const shape = dailyShape(record.cpu, nowSeconds, settings);
  const pressureOf = (minutes: number): number | null =>
    pressurePeak(record.recentCpu, share.request, {
      nowSeconds,
      sampleSeconds: record.sampleSeconds,
      minutes,
    });
  const pressureMillis = pressureOf(settings.pressureMinutes);
  const used = record.recentCpu.latest?.amount ?? 0;
  const growthMillis = limitGrowth(used, share, settings, () => busyLevel() * factor);
  const shapeMillis = shape.amount * shape.trendRatio;
  const asked = [
    { basis: "recent", millis: recentMillis * factor },
    { basis: "shape", millis: shapeMillis * factor },
    { basis: "pressure", millis: (pressureMillis ?? 0) * factor },
    { basis: "limit", millis: growthMillis ?? 0 },
  ] as const;
  const most = asked.reduce((best, each) => (each.millis > best.millis ? each : best));
  return {
    needMillis: most.millis,
    basis: most.basis,
    recentMillis,
    shapeMillis,
    trendRatio: shape.trendRatio,
    pressureMillis,
    hasStoodAbove: pressureOf(Math.min(2 * settings.pressureMinutes, RECENT_MINUTES)) !== null,
    growthMillis,
  };

  function busyLevel(): number {
    const now = slotAt(nowSeconds - 1) + 1;
    const days = record.cpu.peaks([[Math.max(0, now - HISTORY_DAYS * SLOTS_PER_DAY), now]]);
    return percentileInPlace(days, settings.limitPercentile);
  }
}
