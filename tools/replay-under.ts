import { chosenAlternative, decide } from "../functions/resource-patch/decide.ts";
import { describeAlternative } from "../functions/resource-patch/describe.ts";
import type { DecisionRecord } from "../shared/events/decided.ts";
import { isProtected } from "../shared/opt-in.ts";
import type { Policy } from "../shared/policy.ts";
import { rulesFor } from "../shared/policy-rules.ts";

/**
 * What a policy would have decided in the situation of a record: with the class and the opt-in that
 * were found then, for the record does not hold the labels they came from.
 */
export function replayUnder({ inputs }: DecisionRecord, policy: Policy): DecisionRecord {
  const situation = { ...inputs, isProtected: isProtected(inputs.pod.namespace, policy) };
  return decide(situation, rulesFor(policy, inputs.slaClass));
}

/** Whether two decisions of one situation come to the same. */
export function isSameAct(one: DecisionRecord, other: DecisionRecord): boolean {
  return one.outcome === other.outcome && describeAct(one) === describeAct(other);
}

/** "act: app limit 500m→840m, request 200m→336m", or "keep" */
export function describeAct(record: DecisionRecord): string {
  const chosen = chosenAlternative(record);
  return chosen === null ? "keep" : `${record.outcome}: ${describeAlternative(chosen)}`;
}

/** Fields whose change a record cannot show: it holds what followed from them. */
const NOT_REPLAYED: readonly RegExp[] = [
  /^bands\b/,
  /^preset$/,
  /^optIn$/,
  /^defaultSlaClass$/,
  /^classes\.\w+\.sizing\b/,
];

export function isReplayed(path: string): boolean {
  return !NOT_REPLAYED.some((pattern) => pattern.test(path));
}
