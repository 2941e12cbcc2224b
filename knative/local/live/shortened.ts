/** Of what is told about one reload. */
const MAX_LINES = 10;

/** The first of many lines, and how many more there are. */
export function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_LINES) return lines;
  return [...lines.slice(0, MAX_LINES), `${lines.length - MAX_LINES} more`];
}
