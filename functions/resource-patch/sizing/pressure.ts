import type { RecentSamples } from "./recent-samples.ts";

/**
 * The peak of the last minutes when all of them were above the request: it is no spike any more,
 * and the hour's percentile would take most of an hour to say so.
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
  const window = samples.since(nowSeconds - minutes * 60);
  if (window.length * sampleSeconds < minutes * 60) return null;
  let peak = 0;
  for (const { amount } of window) {
    if (amount <= request) return null;
    peak = Math.max(peak, amount);
  }
  return peak;
}
