import { compareFacts, type Fact, newestFirst } from "../../shared/pod-alerts/fact.ts";

/** Alerts about one resource of one pod: three rules, with room for rules per container. */
const MAX_FACTS = 16;

/**
 * The facts with one more, newest first: the newest of each alert, at most 16. null when it adds
 * nothing: a newer fact of the same alert is there, or 16 newer ones of others.
 */
export function addFact(facts: readonly Fact[], fact: Fact): Fact[] | null {
  const known = facts.find(({ key }) => key === fact.key);
  if (known !== undefined && compareFacts(known, fact) >= 0) return null;
  const others = facts.filter(({ key }) => key !== fact.key);
  const kept = newestFirst([...others, fact]).slice(0, MAX_FACTS);
  return kept.includes(fact) ? kept : null;
}
