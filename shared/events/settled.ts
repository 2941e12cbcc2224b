import * as z from "zod/mini";
import { Instant } from "../instant.ts";
import { Action, Resource, SlaClass } from "../policy-words.ts";
import { ContainerChange, DecisionId, ReplicaChange, Tried, VolumeChange } from "./change.ts";
import { defineEvent } from "./contract.ts";
import { Owner } from "./load.ts";
import { SituationLoad } from "./situation.ts";

/**
 * How a decision ended. `applied`: the containers run with it, the replicas are there, the volume
 * has grown. `deferred`: the node has no room now, and the kubelet tries again by itself. `pending`:
 * written, and who has to act on it is still at it. After these two a second event says how it went
 * on. `infeasible`, `error`: it cannot be done; the old values are back. `refused`: the API did not
 * take it (a quota, a limit range). `dropped`: something forbade it when it was to be carried out.
 * `denied`: somebody said no. `expired`: nobody said yes in time, or it was not done in time; the
 * old values are back. What was applied is told of once more: `relieved`: it did what it was for.
 * `held`: less was enough. `reverted`: it did not help, made things worse, or somebody wanted it
 * back; the old values are. `unrelieved`: it did not help, and is left as it is. `superseded`: others
 * have written the sizes since.
 */
export const SettledOutcome = z.enum([
  "applied",
  "deferred",
  "pending",
  "expired",
  "infeasible",
  "error",
  "refused",
  "dropped",
  "denied",
  "relieved",
  "held",
  "reverted",
  "unrelieved",
  "superseded",
]);
export type SettledOutcome = z.infer<typeof SettledOutcome>;

export const Settlement = z.lazy(() =>
  z.object({
    decisionId: DecisionId,
    namespace: z.string().check(z.minLength(1)),
    pod: z.string().check(z.minLength(1)),
    podUid: z.string().check(z.minLength(1)),
    resource: Resource,
    outcome: SettledOutcome,
    reason: z.string(),
    at: Instant,
    changes: z.array(ContainerChange),
    /** What was done; absent: a resize in place. Events of earlier versions lack this and what follows. */
    action: z.optional(Action),
    /** What was written. */
    target: z.optional(z.nullable(Owner)),
    replicas: z.optional(ReplicaChange),
    volume: z.optional(VolumeChange),
    slaClass: z.optional(SlaClass),
    /** Whether its workload has other pods, too. */
    hasReplicas: z.optional(z.boolean()),
    /** The load that it was for: what follows is decided by it. */
    load: z.optional(SituationLoad),
    /** Everything that was tried for this load, this one last if it came to nothing. */
    tried: z.optional(z.array(Tried).check(z.maxLength(Action.options.length))),
  }),
);
export type Settlement = z.infer<typeof Settlement>;

export const ResourcesSettled = defineEvent({
  type: "dev.vigie.resources.settled.v1",
  source: "/vigie/resource-patch",
  description: "A decision was carried out, or was not, and why.",
  // `next`: follow (to be looked at again), fallback (to be decided anew), spread (to the other replicas), none.
  extensions: ["outcome", "next"],
  data: Settlement,
});
