/** Kubernetes restarts at once, then waits 10 s doubling to 5 min; a laptop has less patience. */
const FIRST_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 30_000;

/** A process that was ready for this long starts a new count (Kubernetes: 10 min). */
export const STABLE_MS = 10_000;

/** How long to wait before the next start, after so many crashes in a row (1 or more). */
export function backOffMs(crashesInARow: number): number {
  if (crashesInARow <= 1) return 0;
  return Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (crashesInARow - 2));
}
