import type { Alternative, DecisionRecord } from "../../shared/events/decided.ts";
import type { Situation } from "../../shared/events/situation.ts";
import type { DecisionPolicy } from "../../shared/policy-class.ts";
import { narrow } from "../../shared/policy-override.ts";
import type { Rules } from "../../shared/policy-rules.ts";
import { KEEP } from "./alternatives/draft.ts";
import { describeAlternative } from "./describe.ts";
import { hitGuards } from "./guards.ts";
import { choose, choosePrescribed } from "./ranking/choose.ts";
import { criteriaOf } from "./ranking/criteria.ts";
import { closeness } from "./ranking/topsis.ts";
import { explainStrategy } from "./strategies/explain-strategy.ts";
import { isPrescribed, listDrafts } from "./strategies/list-drafts.ts";

/**
 * What to do about a load, with all that was weighed: what nothing forbids and is nearest to the
 * ideal. A guard is never outvoted by a score. The same situation under the same rules gives the
 * same record, byte for byte.
 */
export function decide(situation: Situation, rules: Rules): DecisionRecord {
  const { policy, faults: overrideFaults } = narrow(rules.class, [
    situation.overrides.namespace,
    situation.surroundings?.workload?.annotations ?? {},
    situation.overrides.pod,
  ]);
  const { drafts, wanted } = listDrafts(situation, rules, policy);
  const alternatives = drafts.map((draft): Alternative => {
    const criteria = criteriaOf(draft, situation, policy, wanted);
    return {
      ...draft,
      guards: hitGuards({ draft, situation, rules, policy, overrideFaults }),
      criteria,
      closeness: closeness(criteria, policy.weights),
    };
  });
  const chosen = isPrescribed(rules) ? choosePrescribed(alternatives) : choose(alternatives);
  const action = chosen?.action ?? KEEP.action;
  const outcome = outcomeOf(action, rules, policy);
  return {
    id: situation.decisionId,
    at: situation.now,
    inputs: situation,
    policy: rules,
    alternatives,
    chosen: action,
    outcome,
    reason:
      chosen === undefined || action === "keep"
        ? explainKeep(alternatives)
        : explain(situation, rules, policy, chosen, outcome),
  };
}

function outcomeOf(
  action: Alternative["action"],
  { strategy }: Rules,
  { mode }: DecisionPolicy,
): DecisionRecord["outcome"] {
  if (action === "keep") return "keep";
  if (strategy === "recommend-only" || mode === "recommend") return "recommend";
  return mode === "approve" ? "propose" : "act";
}

/** What forbade the resize, which is what most would do; else how near the others came. */
function explainKeep(alternatives: readonly Alternative[]): string {
  const most = alternatives.find(({ action }) => action === "resize") ?? alternatives[1];
  const [first] = most?.guards ?? [];
  const allowed = alternatives.filter(
    ({ action, guards }) => action !== "keep" && guards.length === 0,
  );
  if (allowed.length === 0) return first?.reason ?? "there is nothing that could be done";
  const keep = alternatives.find(({ action }) => action === "keep");
  const others = allowed.map(({ action, closeness: near }) => `${action} ${near}`).join(", ");
  return `keep is nearest to the ideal (${keep?.closeness}; ${others})`;
}

function explain(
  situation: Situation,
  rules: Rules,
  policy: DecisionPolicy,
  chosen: Alternative,
  outcome: DecisionRecord["outcome"],
): string {
  const what = describeAlternative(chosen);
  const why = explainStrategy(situation, rules) ?? explainLoad(situation, policy, chosen);
  switch (outcome) {
    case "act":
    case "keep":
      return `${why}: ${what}`;
    case "propose":
      return `${why}: ${what}, mode approve: waits for a yes`;
    case "recommend":
      return `${why}: ${what}, only recommended: nothing is written`;
  }
}

function explainLoad(
  { load: { resource, percent, band }, slaClass }: Situation,
  policy: DecisionPolicy,
  { direction }: Alternative,
): string {
  const targetPercent = Math.round(policy[resource].targetUtilizationRatio * 100);
  const measured = percent === null ? band : `at ${percent} %`;
  return band === "high"
    ? `${resource} ${measured}, ${slaClass} aims for ${targetPercent} %`
    : `${resource} ${measured}, and history says ${direction === "down" ? "less is enough" : "more is needed"} (${slaClass})`;
}

/** What a decision chose; null when it keeps. */
export function chosenAlternative({ alternatives, chosen }: DecisionRecord): Alternative | null {
  if (chosen === "keep") return null;
  return alternatives.find(({ action }) => action === chosen) ?? null;
}
