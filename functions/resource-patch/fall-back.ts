import { deriveId } from "../../shared/events/contract.ts";
import type { Settlement } from "../../shared/events/settled.ts";
import type { Outcome } from "../../shared/function.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import type { Change } from "./change.ts";
import type { Context } from "./context.ts";
import { decide } from "./decide.ts";
import { decidedOutcome } from "./decided-outcome.ts";
import { readSituation } from "./situation.ts";

/**
 * Decides anew about a load, without what was tried for it: a decision with a record of its own,
 * which keeps where the class allows nothing else. Each action is tried once, so this ends.
 */
export async function fallBack(
  change: Change,
  { tried = [] }: Settlement,
  context: Context,
): Promise<Outcome> {
  const seen = await readSituation(context, {
    decisionId: deriveId("fallback", change.decisionId),
    now: new Date(context.now()).toISOString(),
    pod: change.pod,
    load: change.load,
    tried,
  });
  if (seen === null) return { kind: "gone", reason: "the pod has gone" };
  const { situation } = seen;
  return decidedOutcome(decide(situation, rulesFor(context.policy, situation.slaClass)));
}
