import { SLOTS_PER_DAY, type SlotHistory } from "./slot-history.ts";

/** How far a history can be trusted. */
export type Confidence = {
  /** Hours that have samples. */
  historyHours: number;
  /** Of the days that the class looks back on: 0 to 1. */
  ratio: number;
  /** Whether the class dares to make things smaller. */
  isEnough: boolean;
};

export function confidenceOf(
  history: SlotHistory,
  { shapeDays, minHistoryHours }: { shapeDays: number; minHistoryHours: number },
): Confidence {
  const historyHours = (history.filledSlots * 24) / SLOTS_PER_DAY;
  return {
    historyHours,
    ratio: Math.min(1, historyHours / 24 / shapeDays),
    isEnough: historyHours >= minHistoryHours,
  };
}
