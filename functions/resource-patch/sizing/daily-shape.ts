import type { CpuSizing } from "./settings.ts";
import { percentileInPlace } from "./percentile.ts";
import { SLOT_SECONDS, SLOTS_PER_DAY, type SlotHistory, slotAt } from "./slot-history.ts";

/** What the coming hours were like on the days before. Amounts in the unit of the history. */
export type Shape = {
  /** Percentile over the coming hours of those days, before the trend. */
  amount: number;
  /** Today over those days, up to now: from the class's floor to 1. */
  trendRatio: number;
};

type ShapeSettings = Pick<
  CpuSizing,
  "shapeDays" | "shapePercentile" | "shapeAheadMinutes" | "trendMinutes" | "trendFloorRatio"
>;

/**
 * Expects the coming hours to be as on the days before, at the same time of the day. A day that
 * runs below those is taken as such: the shape is scaled by the mean of the last hours over the
 * mean of those very hours of the days before. Never up: what is above the shape shows in the
 * recent level.
 */
export function dailyShape(
  history: SlotHistory,
  nowSeconds: number,
  settings: ShapeSettings,
): Shape {
  const now = slotAt(nowSeconds);
  const ahead = Math.round((settings.shapeAheadMinutes * 60) / SLOT_SECONDS);
  const back = Math.round((settings.trendMinutes * 60) / SLOT_SECONDS);
  const days = Array.from(
    { length: settings.shapeDays },
    (_, day) => now - (day + 1) * SLOTS_PER_DAY,
  );
  const amount = percentileInPlace(
    history.peaks(days.map((start) => [start, start + ahead] as const)),
    settings.shapePercentile,
  );
  const today = history.mean(now - back, now);
  const before = days.flatMap((start) => history.mean(start - back, start) ?? []);
  return { amount, trendRatio: trendOf(today, before, settings.trendFloorRatio) };
}

function trendOf(today: number | null, before: readonly number[], floorRatio: number): number {
  if (today === null || before.length === 0) return 1;
  const mean = before.reduce((sum, each) => sum + each, 0) / before.length;
  if (mean <= 0) return 1;
  return Math.min(1, Math.max(floorRatio, today / mean));
}
