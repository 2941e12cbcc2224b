import * as z from "zod/mini";
import { Action, DecisionPolicy } from "./policy-class.ts";
import type { Policy, SlaClass } from "./policy-schema.ts";

/** What a decision is made by: the class's part of the policy, what holds for all, and what is built. */
export const Rules = z.object({
  strategy: z.enum(["usage", "recommend-only"]),
  paused: z.boolean(),
  changesPerHour: z.int(),
  /** What this version can carry out. Others are weighed, and forbidden by NOT_BUILT. */
  built: z.object({ actions: z.array(Action), canAskApproval: z.boolean() }),
  class: DecisionPolicy,
});
export type Rules = z.infer<typeof Rules>;

const BUILT: Rules["built"] = { actions: ["resize"], canAskApproval: true };

/** The rules for a workload of a class, before its own annotations narrow them. */
export function rulesFor(policy: Policy, slaClass: SlaClass): Rules {
  const { strategy, paused, changesPerHour, classes } = policy;
  const { sizing: _, ...decisive } = classes[slaClass];
  return { strategy, paused, changesPerHour, built: BUILT, class: decisive };
}
