import { HISTORY_DAYS, SLOTS_PER_DAY, type SlotHistory, slotAt } from "./slot-history.ts";

/** How far a history can be trusted. */
export type Confidence = {
  /** Hours of the last eight days that have samples. */
  historyHours: number;
  /** Of the days that the class looks back on: 0 to 1. */
  ratio: number;
  /** Whether the class dares to make things smaller. */
  isEnough: boolean;
};

export function confidenceOf(
  history: SlotHistory,
  nowSeconds: number,
  { shapeDays, minHistoryHours }: { shapeDays: number; minHistoryHours: number },
): Confidence {
  const now = slotAt(nowSeconds - 1) + 1;
  const filled = history.filled(now - HISTORY_DAYS * SLOTS_PER_DAY, now);
  const historyHours = (filled * 24) / SLOTS_PER_DAY;
  return {
    historyHours,
    ratio: Math.min(1, historyHours / 24 / shapeDays),
    isEnough: historyHours >= minHistoryHours,
  };
}
