/** An RFC 3339 time in UTC with exactly three decimals, so that the same instant is the same text. */
export function toUtcMillis(instant: string): string {
  return new Date(instant).toISOString();
}
