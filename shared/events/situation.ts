import * as z from "zod/mini";
import { Instant } from "../instant.ts";
import { Action, Band, Resource, SlaClass } from "../policy-words.ts";
import { ContainerKind, DecisionId, Direction, Share, Tried } from "./change.ts";
import { Owner } from "./load.ts";
import { VpaFacts, ZoneFacts } from "./strategy-facts.ts";
import { Surroundings } from "./surroundings.ts";
import { NoUsage, UsageFacts } from "./usage-facts.ts";

/** Somebody's wish that nothing be written. */
export const Pause = z.lazy(() =>
  z.object({
    /** What is paused: "everything", "namespace shop", "Deployment shop/cart". */
    what: z.string(),
    by: z.string(),
    note: z.nullable(z.string()),
    /** null: until it is resumed. */
    until: z.nullable(Instant),
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
    at: Instant,
    until: Instant,
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
    observedAt: Instant,
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
    now: Instant,
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
        at: Instant,
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
