import * as z from "zod/mini";
import { Action, Criterion, Band, Resource, SlaClass } from "../policy-words.ts";
import { Rules } from "../policy-rules.ts";
import { defineEvent } from "./contract.ts";
import { Owner } from "./load.ts";
import { VpaFacts, ZoneFacts } from "./strategy-facts.ts";
import { Surroundings } from "./surroundings.ts";
import { NoUsage, UsageFacts } from "./usage-facts.ts";

const instant = z.iso.datetime({ offset: true });

/** 128 bits in hex: see `deriveId`. */
const DecisionId = z.string().check(z.regex(/^[0-9a-f]{32}$/));

/** Kubernetes quantities of one resource of a container, as they are written; null where not set. */
export const Share = z.lazy(() =>
  z.object({ request: z.nullable(z.string()), limit: z.nullable(z.string()) }),
);
export type Share = z.infer<typeof Share>;

/** A container, or a sidecar: an init container that keeps running. */
const ContainerKind = z.enum(["container", "sidecar"]);

/** What one container gets. */
export const ContainerChange = z.lazy(() =>
  z.object({
    container: z.string().check(z.minLength(1)),
    kind: ContainerKind,
    before: Share,
    after: Share,
  }),
);
export type ContainerChange = z.infer<typeof ContainerChange>;

/** An action that did not do: by which decision, and why not. */
export const Tried = z.lazy(() =>
  z.object({ action: Action, decisionId: DecisionId, reason: z.string() }),
);
export type Tried = z.infer<typeof Tried>;

/** Where a change goes: more, less, or neither. */
export const Direction = z.enum(["up", "down", "none"]);
export type Direction = z.infer<typeof Direction>;

/** Somebody's wish that nothing be written. */
const Pause = z.lazy(() =>
  z.object({
    /** What is paused: "everything", "namespace shop", "Deployment shop/cart". */
    what: z.string(),
    by: z.string(),
    note: z.nullable(z.string()),
    /** null: until it is resumed. */
    until: z.nullable(instant),
  }),
);
export type Pause = z.infer<typeof Pause>;

/** How long changes of one direction are not tried again, after some that did not do what they were for. */
export const BackOff = z.lazy(() =>
  z.object({
    direction: Direction,
    /** What is held back; absent: all that writes sizes. */
    actions: z.optional(z.array(Action)),
    /** In a row. */
    failures: z.int().check(z.positive()),
    at: instant,
    until: instant,
  }),
);
export type BackOff = z.infer<typeof BackOff>;

/** What was told of the load; the rest of a situation is what the cluster itself says. */
export const SituationLoad = z.lazy(() =>
  z.object({
    /** Id of the event that told it. */
    cause: z.string().check(z.minLength(1)),
    podUid: z.string().check(z.minLength(1)),
    resource: Resource,
    /** Of the sum of the containers' limits (requests where there is none). */
    percent: z.nullable(z.number().check(z.nonnegative())),
    band: Band,
    observedAt: instant,
    /** When it was told of another replica, which has the new size already: that pod, and the decision that began it. */
    toldOf: z.optional(z.object({ pod: z.string().check(z.minLength(1)), decisionId: DecisionId })),
  }),
);

/** null when it was not asked for; a reason when there was no answer. */
export const SituationUsage = z.lazy(() => z.nullable(z.union([UsageFacts, NoUsage])));

/** All that a decision rests on, at one instant. */
export const Situation = z.lazy(() =>
  z.object({
    decisionId: DecisionId,
    now: instant,
    load: SituationLoad,
    /** What was tried for this load already and came to nothing, in that order; absent: nothing. */
    tried: z.optional(z.array(Tried).check(z.maxLength(Action.options.length))),
    pod: z.object({
      namespace: z.string().check(z.minLength(1)),
      name: z.string().check(z.minLength(1)),
      uid: z.string().check(z.minLength(1)),
      phase: z.string(),
      isTerminating: z.boolean(),
      /** From a file on its node: the API has only its mirror. */
      isStatic: z.boolean(),
      isWindows: z.boolean(),
      /** `spec.resources` bounds the sum of the containers. */
      hasPodLevelResources: z.boolean(),
      /** What runs all the time, with its share of the resource in question. */
      containers: z.array(
        z.object({
          name: z.string().check(z.minLength(1)),
          kind: ContainerKind,
          share: Share,
          /** Its resizePolicy wants a restart for this resource. */
          restartsOnResize: z.boolean(),
        }),
      ),
    }),
    owner: Owner,
    managed: z.boolean(),
    /** Whether the workload itself has, by its labels or its template's; one pod speaks for itself alone. Absent: not known then. */
    workloadManaged: z.optional(z.boolean()),
    isProtected: z.boolean(),
    slaClass: SlaClass,
    /** Those that change this resource, or follow its utilisation, for the same workload. */
    autoscalers: z.array(z.object({ kind: z.string(), name: z.string() })),
    /** Those that set the workload's replicas, whatever they follow. */
    replicaScalers: z.array(z.object({ kind: z.string(), name: z.string() })),
    /** The last time this resource of this pod or of its workload was changed; null when it never was. */
    lastResize: z.nullable(
      z.object({
        decisionId: DecisionId,
        at: instant,
        /** Absent where it was neither more nor less, or nobody knows. */
        direction: z.optional(z.enum(["up", "down"])),
      }),
    ),
    /** Annotations that narrow the policy; the workload's are in its surroundings. */
    overrides: z.object({
      namespace: z.record(z.string(), z.string()),
      pod: z.record(z.string(), z.string()),
    }),
    /** Changes that were made; null when nobody counts them. */
    spent: z.nullable(
      z.object({
        workloadLastHour: z.int().check(z.nonnegative()),
        workloadLastDay: z.int().check(z.nonnegative()),
        allLastHour: z.int().check(z.nonnegative()),
      }),
    ),
    /** What somebody asked to be left alone; absent when nobody did. */
    pause: z.optional(Pause),
    /** Changes of this resource of this pod that had to be taken back; absent when none was. */
    backOff: z.optional(BackOff),
    /** Likewise, of its workload; absent when there is none. */
    workloadBackOffs: z.optional(z.array(BackOff)),
    /** null when it was not asked for. */
    surroundings: z.nullable(Surroundings),
    usage: SituationUsage,
    /** Only in a review by the strategy cluster-zone; sizes are then those of the template. */
    zone: z.optional(ZoneFacts),
    /** Only with the strategy vpa; null when no VerticalPodAutoscaler says anything. */
    vpa: z.optional(z.nullable(VpaFacts)),
  }),
);
export type Situation = z.infer<typeof Situation>;

/** Something that forbids an action, with a sentence for people. */
export const GuardHit = z.lazy(() =>
  z.object({
    code: z.string().check(z.regex(/^[A-Z][A-Z_]*$/)),
    reason: z.string(),
  }),
);
export type GuardHit = z.infer<typeof GuardHit>;

const Choice = z.enum(["keep", ...Action.options]);
export type Choice = z.infer<typeof Choice>;

export const ReplicaChange = z.lazy(() =>
  z.nullable(z.object({ before: z.int(), after: z.int() })),
);

export const VolumeChange = z.lazy(() =>
  z.nullable(z.object({ claim: z.string(), beforeBytes: z.int(), afterBytes: z.int() })),
);

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
    at: instant,
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
  "expired",
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
    at: instant,
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
