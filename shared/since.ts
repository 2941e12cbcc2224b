/** From the broker's few milliseconds to a cold start behind a queue, and to what is a fault. */
export const FACT_BUCKETS_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

/** Seconds from an RFC 3339 time to `nowMs`; 0 where the other clock is ahead. */
export function secondsSince(instant: string, nowMs: number): number {
  return Math.max(0, (nowMs - Date.parse(instant)) / 1000);
}
