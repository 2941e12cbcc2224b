/**
 * Usage at the limit says nothing about the demand: the kernel throttles the rest away. So the
 * request grows by the class's ratio for as long as the usage touches the limit, and at once to the
 * level of the busy hours on record: a job that comes back takes what it took.
 * @param limit null for no limit: then usage is demand.
 * @param busyLevel asked only then, because it looks through the whole record.
 * @returns the request to grow to, or null when the limit is not touched.
 */
export function limitGrowth(
  used: number,
  { request, limit }: { request: number; limit: number | null },
  { limitTouchRatio, limitGrowthRatio }: { limitTouchRatio: number; limitGrowthRatio: number },
  busyLevel: () => number,
): number | null {
  if (limit === null || used < limit * limitTouchRatio) return null;
  return Math.max(request * limitGrowthRatio, busyLevel());
}
