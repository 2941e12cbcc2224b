import type { MemorySizing } from "./settings.ts";
import { HISTORY_DAYS, SLOT_SECONDS, SLOTS_PER_DAY, type SlotHistory, slotAt } from "./slot-history.ts";

const slotsIn = (minutes: number): number => Math.round((minutes * 60) / SLOT_SECONDS);

/**
 * The largest of the last hours and of the same hours (some before, some ahead) of the days before,
 * in bytes. Peaks, never percentiles: one byte too much is a kill.
 */
export function expectedPeak(history: SlotHistory, nowSeconds: number, settings: MemorySizing): number {
  const now = slotAt(nowSeconds - 1) + 1;
  let peak = history.peak(now - slotsIn(settings.recentHours * 60), now);
  for (let day = 1; day <= settings.shapeDays; day += 1) {
    const start = now - day * SLOTS_PER_DAY;
    const from = start - slotsIn(settings.shapeBeforeMinutes);
    peak = Math.max(peak, history.peak(from, Math.min(start + slotsIn(settings.shapeAheadMinutes), now)));
  }
  return peak;
}

/** The largest on record, in bytes. */
export function longestPeak(history: SlotHistory, nowSeconds: number): number {
  const now = slotAt(nowSeconds - 1) + 1;
  return history.peak(Math.max(0, now - HISTORY_DAYS * SLOTS_PER_DAY), now);
}
