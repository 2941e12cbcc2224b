/** What the rules of `prometheus/rules` say: how often they are evaluated. */
export const RULE_INTERVAL_SECONDS = 15;

/** Keys of rule files and of Alertmanager's configuration that hold a duration. */
const DURATION_KEYS: ReadonlySet<string> = new Set([
  "interval",
  "for",
  "keep_firing_for",
  "group_wait",
  "group_interval",
  "repeat_interval",
]);
const DURATION = /^(?:\d+(?:ms|[smhdwy]))+$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/**
 * The parsed file with every duration, and every window of a PromQL expression, multiplied by
 * `factor`. One factor for all keeps what they are to each other: a window spans as many scrapes.
 */
export function paced(value: unknown, factor: number): unknown {
  if (Array.isArray(value)) return value.map((each) => paced(each, factor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => {
      if (typeof each !== "string") return [key, paced(each, factor)];
      if (DURATION_KEYS.has(key)) return [key, pacedDuration(each, factor)];
      return [key, key === "expr" ? pacedWindows(each, factor) : each];
    }),
  );
}

/** "30s" by 1/15 is "2000ms". Anything that is no duration stays as it is. */
function pacedDuration(text: string, factor: number): string {
  if (!DURATION.test(text)) return text;
  let sumMs = 0;
  for (const [, count, unit = ""] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) {
    sumMs += Number(count) * (UNIT_MS[unit] ?? 0);
  }
  return `${Math.round(sumMs * factor)}ms`;
}

function pacedWindows(expr: string, factor: number): string {
  return expr.replaceAll(
    /\[(\w+)\]/g,
    (_all, window: string) => `[${pacedDuration(window, factor)}]`,
  );
}
