import * as z from "zod/mini";
import { DecisionPolicy } from "./policy-class.ts";
import { Action } from "./policy-words.ts";
import { Bands, type Policy, type SlaClass, Strategy } from "./policy-schema.ts";

/** What a decision is made by: the class's part of the policy, what holds for all, and what is built. */
export const Rules = z.lazy(() =>
  z.object({
    strategy: Strategy,
    /** Borders of the zones, with the strategy cluster-zone. */
    bands: z.optional(Bands),
    paused: z.boolean(),
    changesPerHour: z.int(),
    /** What this version can carry out. Others are weighed, and forbidden by NOT_BUILT. */
    built: z.object({ actions: z.array(Action), canAskApproval: z.boolean() }),
    class: DecisionPolicy,
  }),
);
export type Rules = z.infer<typeof Rules>;

const BUILT: Rules["built"] = { actions: [...Action.options], canAskApproval: true };
/** A review of zones writes to Deployments. */
const BUILT_FOR_ZONES: Rules["built"] = {
  actions: ["resize", "patch-owner"],
  canAskApproval: false,
};

/** The rules for a workload of a class, before its own annotations narrow them. */
export function rulesFor(policy: Policy, slaClass: SlaClass): Rules {
  const { strategy, paused, changesPerHour, classes, bands } = policy;
  const { sizing: _, ...decisive } = classes[slaClass];
  const common = { strategy, paused, changesPerHour, class: decisive };
  return strategy === "cluster-zone"
    ? { ...common, built: BUILT_FOR_ZONES, bands }
    : { ...common, built: BUILT };
}
