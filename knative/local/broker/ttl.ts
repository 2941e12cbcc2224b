/** Keeps its count between brokers. Filters and subscribers never see it, dead-letter sinks do. */
export const TTL_ATTRIBUTE = "knativebrokerttl";

/** `E:pkg/broker/ttl.go`, MAX_TTL. */
const MAX_TTL = 255;

/** What is left after one more pass; null when it is used up. Absent or no integer: 255. */
export function nextTtl(value: string | number | undefined): number | null {
  if (value === undefined || !/^[+-]?\d{1,9}$/.test(String(value))) return MAX_TTL;
  const left = Number(value) - 1;
  return left > 0 ? left : null;
}
