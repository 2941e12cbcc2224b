import type { RecentSamples } from "./recent-samples.ts";

/** Two in a row of one in twenty-five: steady noise comes to that every other day, by chance. */
const LEAST_SAMPLES = 3;

/**
 * The peak of the last minutes when all of them were above the request: it is no spike any more,
 * and the hour's percentile would take most of an hour to say so. Where samples are rare, the last
 * three of them.
 * @param sampleSeconds what one sample stands for: the oldest has to reach back far enough.
 * @returns null while some sample was within the request, or the window is not covered.
 */
export function pressurePeak(
  samples: RecentSamples,
  request: number,
  {
    nowSeconds,
    sampleSeconds,
    minutes,
  }: { nowSeconds: number; sampleSeconds: number; minutes: number },
): number | null {
  const seconds = Math.max(minutes * 60, LEAST_SAMPLES * sampleSeconds);
  const window = samples.since(nowSeconds - seconds);
  if (window.length * sampleSeconds < seconds) return null;
  let peak = 0;
  for (const { amount } of window) {
    if (amount <= request) return null;
    peak = Math.max(peak, amount);
  }
  return peak;
}
