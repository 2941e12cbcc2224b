/** A number as Go's `strconv.ParseFloat` reads it, of those that are finite and decimal; else null. */
export function goFloat(text: string): number | null {
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : null;
}
