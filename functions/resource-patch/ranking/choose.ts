import type { Alternative, Choice } from "../../../shared/events/decided.ts";

/** What disturbs least comes first: so ties are decided. */
const CALM_FIRST: readonly Choice[] = [
  "keep",
  "resize",
  "scale-out",
  "grow-volume",
  "scale-in",
  "patch-owner",
];

/** The one nearest to the ideal of those that nothing forbids. Keep is always one of them. */
export function choose(alternatives: readonly Alternative[]): Alternative | undefined {
  return rank(alternatives.filter(({ guards }) => guards.length === 0))[0];
}

/** The same of what a strategy prescribes: keep has no say while anything else may be done. */
export function choosePrescribed(alternatives: readonly Alternative[]): Alternative | undefined {
  return choose(alternatives.filter(({ action }) => action !== "keep")) ?? choose(alternatives);
}

function rank(alternatives: readonly Alternative[]): Alternative[] {
  return alternatives.toSorted(
    (a, b) =>
      b.closeness - a.closeness || CALM_FIRST.indexOf(a.action) - CALM_FIRST.indexOf(b.action),
  );
}
