import type { ScaleRules } from "./scale-rules.ts";

/** `S:config-autoscaler`: tick-interval. */
const TICK_MS = 2_000;
/** A window that is shorter than Knative allows (--window) is looked at so often. */
const TICKS_PER_WINDOW = 3;

/**
 * In how many milliseconds the scale may have to change; null while it cannot. `processes`: those
 * that start too; `idleMs`: since there was last something to do.
 */
export function nextLookMs(
  { minScale, maxScale, stableWindowMs }: ScaleRules,
  { processes, requests, idleMs }: { processes: number; requests: number; idleMs: () => number },
): number | null {
  const tickMs = Math.min(TICK_MS, stableWindowMs / TICKS_PER_WINDOW);
  if (minScale === maxScale || processes === 0) return null;
  if (requests > 0 ? maxScale > 1 : processes > Math.max(1, minScale)) return tickMs;
  if (requests > 0 || minScale > 0) return null;
  const leftMs = Math.ceil(stableWindowMs - idleMs());
  return leftMs > 0 ? leftMs : tickMs;
}
