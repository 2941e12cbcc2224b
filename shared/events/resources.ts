import * as z from "zod/mini";
import { Band, ClassPolicy, Resource, SlaClass } from "../policy-schema.ts";
import { defineEvent } from "./contract.ts";
import { Owner } from "./load.ts";

const instant = z.iso.datetime({ offset: true });

/** 128 bits in hex: see `deriveId`. */
const DecisionId = z.string().check(z.regex(/^[0-9a-f]{32}$/));

/** Kubernetes quantities of one resource of a container, as they are written; null where not set. */
export const Share = z.object({ request: z.nullable(z.string()), limit: z.nullable(z.string()) });
export type Share = z.infer<typeof Share>;

/** A container, or a sidecar: an init container that keeps running. */
const ContainerKind = z.enum(["container", "sidecar"]);

/** What one container gets. */
export const ContainerChange = z.object({
  container: z.string().check(z.minLength(1)),
  kind: ContainerKind,
  before: Share,
  after: Share,
});
export type ContainerChange = z.infer<typeof ContainerChange>;

/** All that a decision rests on, at one instant. */
export const Situation = z.object({
  decisionId: DecisionId,
  now: instant,
  /** What was told of the load; the rest is what the cluster itself says. */
  load: z.object({
    /** Id of the event that told it. */
    cause: z.string().check(z.minLength(1)),
    podUid: z.string().check(z.minLength(1)),
    resource: Resource,
    /** Of the sum of the containers' limits (requests where there is none). */
    percent: z.nullable(z.number().check(z.nonnegative())),
    band: Band,
    observedAt: instant,
  }),
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
  isProtected: z.boolean(),
  slaClass: SlaClass,
  /** Those that change this resource, or follow its utilisation, for the same workload. */
  autoscalers: z.array(z.object({ kind: z.string(), name: z.string() })),
  /** The last time this resource of this pod was resized; null when it never was. */
  lastResize: z.nullable(z.object({ decisionId: DecisionId, at: instant })),
});
export type Situation = z.infer<typeof Situation>;

/** Something that forbids an action, with a sentence for people. */
export const GuardHit = z.object({
  code: z.string().check(z.regex(/^[A-Z][A-Z_]*$/)),
  reason: z.string(),
});
export type GuardHit = z.infer<typeof GuardHit>;

const ResizeAction = z.enum(["keep", "resize"]);

/** The record of a decision: `decide(inputs, policy)` gives it again, bit for bit. */
export const DecisionRecord = z.object({
  id: DecisionId,
  at: instant,
  inputs: Situation,
  /** What the class allowed then. */
  policy: ClassPolicy,
  alternatives: z.array(
    z.object({
      action: ResizeAction,
      changes: z.array(ContainerChange),
      /** An action with a hit is not done, however good. */
      guards: z.array(GuardHit),
    }),
  ),
  chosen: ResizeAction,
  /** `act`: is to be carried out. `recommend`: the class only wants to know. `keep`: nothing to do. */
  outcome: z.enum(["act", "recommend", "keep"]),
  reason: z.string(),
});
export type DecisionRecord = z.infer<typeof DecisionRecord>;

export const ResourcesDecided = defineEvent({
  type: "dev.vigie.resources.decided.v1",
  source: "/vigie/resource-patch",
  description: "It was decided whether to resize a pod, and how; nothing is written yet.",
  extensions: ["action", "outcome", "sla"],
  data: DecisionRecord,
});

/**
 * How a decision ended. `applied`: the containers run with it. `deferred`: the node has no room now,
 * and the kubelet tries again by itself. `pending`: wanted, but the kubelet has not said a word yet.
 * `infeasible`, `error`: the kubelet cannot; the old values are back. `refused`: the API did not
 * take it (a quota, a limit range). `dropped`: something forbade it when it was to be carried out.
 */
export const SettledOutcome = z.enum([
  "applied",
  "deferred",
  "pending",
  "infeasible",
  "error",
  "refused",
  "dropped",
]);
export type SettledOutcome = z.infer<typeof SettledOutcome>;

export const Settlement = z.object({
  decisionId: DecisionId,
  namespace: z.string().check(z.minLength(1)),
  pod: z.string().check(z.minLength(1)),
  podUid: z.string().check(z.minLength(1)),
  resource: Resource,
  outcome: SettledOutcome,
  reason: z.string(),
  at: instant,
  changes: z.array(ContainerChange),
});
export type Settlement = z.infer<typeof Settlement>;

export const ResourcesSettled = defineEvent({
  type: "dev.vigie.resources.settled.v1",
  source: "/vigie/resource-patch",
  description: "A decision to resize a pod was carried out, or was not, and why.",
  extensions: ["outcome"],
  data: Settlement,
});
