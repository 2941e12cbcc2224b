/**
 * The nearest-rank percentile: a value that was really seen, `percentile` percent of them at or
 * below it. Sorts `values` in place, because copies of windows were half the cost of a decision.
 * @returns 0 when there are none.
 */
export function percentileInPlace(values: Float64Array, percentile: number): number {
  if (values.length === 0) return 0;
  values.sort();
  const rank = Math.ceil((percentile / 100) * values.length);
  return values[Math.max(rank, 1) - 1] ?? 0;
}
