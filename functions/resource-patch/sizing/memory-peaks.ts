import type { MemorySizing } from "./settings.ts";
import {
  HISTORY_DAYS,
  SLOT_SECONDS,
  SLOTS_PER_DAY,
  type SlotHistory,
  slotAt,
} from "./slot-history.ts";

const slotsIn = (minutes: number): number => Math.round((minutes * 60) / SLOT_SECONDS);

/**
 * The larger of two, in bytes: the peak of the last hours, and the habit of the coming ones. Peaks,
 * never percentiles: one byte too much is a kill.
 */
export function expectedPeak(
  history: SlotHistory,
  nowSeconds: number,
  settings: MemorySizing,
): number {
  const now = slotAt(nowSeconds - 1) + 1;
  return Math.max(recentPeak(history, now, settings), habit(history, now, settings));
}

/**
 * The higher a peak stands above the mean, the dearer each hour that it is kept, and a kill costs
 * the same for all: one of twice the mean is kept for `recentHours`, and what of it is let go of
 * falls with its age (three times the mean after half of them, one and a half after twice of them).
 * All of it is kept for half of `recentHours`.
 */
function recentPeak(history: SlotHistory, now: number, settings: MemorySizing): number {
  const mean = history.mean(Math.max(0, now - settings.shapeDays * SLOTS_PER_DAY), now) ?? 0;
  const slots = slotsIn(settings.recentHours * 60);
  const inFull = Math.ceil(slots / 2);
  const oldest = Math.min(settings.shapeDays * SLOTS_PER_DAY, now);
  let largest = history.peak(now - inFull, now);
  for (let age = inFull; age < oldest; age += 1) {
    const kept = mean * (1 + slots / age);
    // What is older is kept to a lower level still.
    if (kept <= largest) break;
    const peak = history.peak(now - age - 1, now - age);
    largest = Math.max(largest, Math.min(peak, kept));
  }
  return largest;
}

/**
 * The second largest of the peaks around this time (some before, some ahead) of the days before:
 * what came twice comes again, what came once was an accident. With a single day known, its peak.
 */
function habit(history: SlotHistory, now: number, settings: MemorySizing): number {
  let largest = 0;
  let second = 0;
  let days = 0;
  for (let day = 1; day <= settings.shapeDays; day += 1) {
    const start = now - day * SLOTS_PER_DAY;
    const from = start - slotsIn(settings.shapeBeforeMinutes);
    const peak = history.peak(from, Math.min(start + slotsIn(settings.shapeAheadMinutes), now));
    if (peak > 0) days += 1;
    second = Math.max(second, Math.min(largest, peak));
    largest = Math.max(largest, peak);
  }
  return days < 2 ? largest : second;
}

/** The largest on record, in bytes. */
export function longestPeak(history: SlotHistory, nowSeconds: number): number {
  const now = slotAt(nowSeconds - 1) + 1;
  return history.peak(Math.max(0, now - HISTORY_DAYS * SLOTS_PER_DAY), now);
}
