import { percentileInPlace } from "./percentile.ts";
import { SLOT_SECONDS, type SlotHistory, slotAt } from "./slot-history.ts";

/** A percentile of the peaks of the last minutes, in the unit of the history. */
export function recentLevel(
  history: SlotHistory,
  nowSeconds: number,
  { recentMinutes, recentPercentile }: { recentMinutes: number; recentPercentile: number },
): number {
  const now = slotAt(nowSeconds - 1) + 1;
  const from = now - Math.round((recentMinutes * 60) / SLOT_SECONDS);
  return percentileInPlace(history.peaks([[from, now]]), recentPercentile);
}
