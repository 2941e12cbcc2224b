import { counted } from "../../../shared/counted.ts";
import { NOT_READY } from "./unready-rules.ts";
import type { Warning } from "./warning.ts";

/** At a start, where doors and events are what people look for. */
const MAX_LINES = 8;

/**
 * What is told of warnings: each rule once, with how often, and not too many. That something is not
 * ready is told by itself, of each object. Pure.
 */
export function shownWarnings(
  all: readonly Warning[],
  textOf: (warning: Warning) => string,
): string[] {
  const warnings = all.filter(({ rule }) => rule !== NOT_READY);
  const byRule = Map.groupBy(warnings, ({ rule }) => rule);
  const lines = [...byRule.values()].map(([first, ...others]) => {
    const more = others.length === 0 ? "" : ` (and ${others.length} more like it)`;
    return `on a cluster: ${textOf(first as Warning)}${more}`;
  });
  const left = lines.length - MAX_LINES;
  if (lines.length === warnings.length && left <= 0) return lines;
  const where = `all ${all.length} warnings: npm run lint:manifests -- -f …`;
  return [
    ...lines.slice(0, MAX_LINES),
    left > 0
      ? `${counted(left, "rule more has", "rules more have")} something to say; ${where}`
      : where,
  ];
}
