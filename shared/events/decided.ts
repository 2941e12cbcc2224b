import * as z from "zod/mini";
import { Instant } from "../instant.ts";
import { Rules } from "../policy-rules.ts";
import { Action, Criterion } from "../policy-words.ts";
import { ContainerChange, DecisionId, Direction, ReplicaChange, VolumeChange } from "./change.ts";
import { defineEvent } from "./contract.ts";
import { Owner } from "./load.ts";
import { Situation } from "./situation.ts";

/** Something that forbids an action, with a sentence for people. */
export const GuardHit = z.lazy(() =>
  z.object({
    code: z.string().check(z.regex(/^[A-Z][A-Z_]*$/)),
    reason: z.string(),
  }),
);
export type GuardHit = z.infer<typeof GuardHit>;

export const Choice = z.enum(["keep", ...Action.options]);
export type Choice = z.infer<typeof Choice>;

/** One thing that could be done, with all that would be different. */
export const Alternative = z.lazy(() =>
  z.object({
    action: Choice,
    direction: Direction,
    /** What is written: the pod, its workload, a claim. null for keep. */
    target: z.nullable(Owner),
    changes: z.array(ContainerChange),
    replicas: ReplicaChange,
    volume: VolumeChange,
    /** Written on the target itself, beside the sizes. */
    labels: z.optional(z.record(z.string(), z.string())),
    /** An action with a hit is not done, however good. */
    guards: z.array(GuardHit),
    /** 0 to 1 each; which end is the better one is the criterion's own. */
    criteria: z.record(Criterion, z.number()),
    /** To the ideal, 0 to 1: the higher the better. */
    closeness: z.number(),
  }),
);
export type Alternative = z.infer<typeof Alternative>;

/** The record of a decision: `decide(inputs, policy)` gives it again, bit for bit. */
export const DecisionRecord = z.lazy(() =>
  z.object({
    id: DecisionId,
    at: Instant,
    inputs: Situation,
    /** What was allowed then, before the annotations in `inputs` narrowed it. */
    policy: Rules,
    /** Keep first. */
    alternatives: z.array(Alternative),
    chosen: Choice,
    /**
     * `act`: is to be carried out. `propose`: when somebody says yes. `recommend`: the class only
     * wants to know. `keep`: nothing to do.
     */
    outcome: z.enum(["act", "propose", "recommend", "keep"]),
    reason: z.string(),
  }),
);
export type DecisionRecord = z.infer<typeof DecisionRecord>;

export const ResourcesDecided = defineEvent({
  type: "dev.vigie.resources.decided.v1",
  source: "/vigie/resource-patch",
  description: "It was decided whether to change a workload, and how; nothing is written yet.",
  extensions: ["action", "outcome", "sla"],
  data: DecisionRecord,
});
