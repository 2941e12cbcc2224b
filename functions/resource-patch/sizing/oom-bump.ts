import type { MemorySizing } from "./settings.ts";

/** A kill: when, and the limit that was too small. */
export type OomKill = { atSeconds: number; limitBytes: number };

/**
 * What to ask for after a kill, for some hours: the limit that killed times the class's ratio, and
 * no less than the largest peak on record with the margin of any other, because the short memory has
 * just been shown to be wrong.
 * @param longestPeakBytes with its margin.
 * @returns 0 when there was no kill lately.
 */
export function oomBump(
  kill: OomKill | null,
  longestPeakBytes: number,
  nowSeconds: number,
  { oomHoldHours, oomBumpRatio, oomPeakRatio }: MemorySizing,
): number {
  if (kill === null || nowSeconds - kill.atSeconds > oomHoldHours * 3600) return 0;
  return Math.max(kill.limitBytes * oomBumpRatio, longestPeakBytes * oomPeakRatio);
}
