/**
 * Usage at the limit says nothing about the demand: the kernel throttles the rest away. So the
 * request grows by the class's ratio for as long as the usage touches the limit.
 * @param limit null for no limit: then usage is demand.
 * @returns the request to grow to, or null when the limit is not touched.
 */
export function limitGrowth(
  used: number,
  { request, limit }: { request: number; limit: number | null },
  { limitTouchRatio, limitGrowthRatio }: { limitTouchRatio: number; limitGrowthRatio: number },
): number | null {
  if (limit === null || used < limit * limitTouchRatio) return null;
  return request * limitGrowthRatio;
}
