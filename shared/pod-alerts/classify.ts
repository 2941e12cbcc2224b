import type { Band } from "../policy-words.ts";

/** Borders of the bands, in percent of the limit; the upper band owns the border. */
export type Bands = { moderatePercent: number; highPercent: number; hysteresisPercent: number };

/**
 * The band of a reading: its value decides. Within `hysteresisPercent` of a border it stays with
 * the band that the alert rule claims: the rule is what remembers on which side the load came from,
 * and a reading judged by itself means the same in whatever order the facts arrive.
 * Above 100 is high. null when there is neither a claim nor a value.
 */
export function classify(claim: Band | null, percent: number | null, bands: Bands): Band | null {
  if (percent === null) return claim;
  const { moderatePercent, highPercent, hysteresisPercent } = bands;
  const lowest = { low: -Infinity, moderate: moderatePercent, high: highPercent };
  const highest = { low: moderatePercent, moderate: highPercent, high: Infinity };
  if (
    claim !== null &&
    percent >= lowest[claim] - hysteresisPercent &&
    percent < highest[claim] + hysteresisPercent
  ) {
    return claim;
  }
  if (percent < moderatePercent) return "low";
  return percent < highPercent ? "moderate" : "high";
}

/** The order of the bands. */
export function isBelow(a: Band, b: Band): boolean {
  const rank = { low: 0, moderate: 1, high: 2 };
  return rank[a] < rank[b];
}
