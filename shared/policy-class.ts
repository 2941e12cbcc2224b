import * as z from "zod/mini";
import { SizingSettings } from "./policy-sizing.ts";
import { MaintenanceWindow } from "./policy-window.ts";
import { Action, Criterion, SlaClass } from "./policy-words.ts";

export { Action, Criterion, SlaClass };

/**
 * `recommend`: decisions are recorded, nothing is written. `approve`: they wait for somebody's yes.
 * `auto`: they are carried out.
 */
export const Mode = z.enum(["recommend", "approve", "auto"]);

const weight = z.number().check(z.minimum(0), z.maximum(1000));

/** Only their proportions count. */
const Weights = z.lazy(() =>
  z
    .strictObject({
      /** How much of what is above the target goes away. */
      relief: weight,
      /** Room that is left under the target, of load and of volumes: the risk for what was agreed. */
      headroom: weight,
      /** What is asked for, of the cluster. */
      cost: weight,
      /** Restarts, lost connections, cold caches. */
      disruption: weight,
      /** How full the pod's node gets. */
      nodePressure: weight,
      timeToEffect: weight,
      /** Changes of the day. */
      churn: weight,
      /** Pods that differ from what their owner says. */
      drift: weight,
    })
    .check(
      z.refine((weights) => Object.values(weights).some((each) => each > 0), "must not all be 0"),
    ),
);
export type Weights = z.infer<typeof Weights>;

const above = z.number().check(z.gt(1), z.maximum(10));
const seconds = z.int().check(z.minimum(0), z.maximum(86_400));
const changes = z.int().check(z.minimum(0), z.maximum(10_000));

/** How a container's share of one resource moves. */
const movement = () => ({
  /** Usage over limit to aim for. */
  targetUtilizationRatio: z.number().check(z.minimum(0.05), z.maximum(0.95)),
  /** The most that one step multiplies by, upward. */
  maxStepUpRatio: above,
  /** The least that one step multiplies by, downward. */
  maxStepDownRatio: z.number().check(z.minimum(0.1), z.lt(1)),
});

/** Bounds hold for the limit (for the request where there is no limit) of each container. */
const CpuPolicy = z.lazy(() =>
  z
    .strictObject({
      ...movement(),
      minMillis: z.int().check(z.minimum(1)),
      maxMillis: z.int().check(z.maximum(1_000_000)),
      /**
       * `ratio`: limits move with their requests. `fixed`: they stay, and requests move below them.
       * `none`: none is wanted, and an owner's template loses it; in place, where a limit cannot be
       * taken away, it moves along.
       */
      limits: z.enum(["ratio", "fixed", "none"]),
    })
    .check(
      z.refine(({ minMillis, maxMillis }) => minMillis <= maxMillis, {
        path: ["maxMillis"],
        error: "must not be below minMillis",
      }),
    ),
);

const MemoryPolicy = z.lazy(() =>
  z
    .strictObject({
      ...movement(),
      minMebibytes: z.int().check(z.minimum(1)),
      maxMebibytes: z.int().check(z.maximum(64 * 1024 * 1024)),
      limits: z.enum(["ratio", "fixed"]),
      /** Heaps that are sized at start (JVM, Node, Postgres) do not give back what they have. */
      canShrink: z.boolean(),
    })
    .check(
      z.refine(({ minMebibytes, maxMebibytes }) => minMebibytes <= maxMebibytes, {
        path: ["maxMebibytes"],
        error: "must not be below minMebibytes",
      }),
    ),
);

const Replicas = z.lazy(() =>
  z
    .strictObject({
      min: z.int().check(z.minimum(1), z.maximum(10_000)),
      max: z.int().check(z.minimum(1), z.maximum(10_000)),
    })
    .check(
      z.refine(({ min, max }) => min <= max, { path: ["max"], error: "must not be below min" }),
    ),
);

const VolumePolicy = z.lazy(() =>
  z.strictObject({
    /** Used over capacity from which on it grows. */
    fullRatio: z.number().check(z.minimum(0.3), z.maximum(0.99)),
    growthRatio: above,
    /** It never shrinks again: this bounds what it can cost. */
    maxGibibytes: z.int().check(z.minimum(1), z.maximum(65_536)),
  }),
);

const fields = () => ({
  mode: Mode,
  allowedActions: z.array(Action).check(z.maxLength(Action.options.length)),
  weights: Weights,
  /** Least time since the last resize of a pod before it gets more. */
  cooldownUpSeconds: seconds,
  /** Or less. */
  cooldownDownSeconds: seconds,
  cpu: CpuPolicy,
  memory: MemoryPolicy,
  replicas: Replicas,
  volume: VolumePolicy,
  /** Empty: always. What relieves a breach without a restart needs none. */
  windows: z.array(MaintenanceWindow).check(z.maxLength(20)),
  /** Changes of one workload. */
  budget: z.strictObject({ perHour: changes, perDay: changes }),
  /** Whether one pod has to do well with a new size before the other replicas get it. */
  canaryFirst: z.boolean(),
  /** An alert that has not been resolved by then was not helped: the change goes back. */
  reliefDeadlineSeconds: z.int().check(z.minimum(30), z.maximum(86_400)),
  /** Whether to write to an owner that Argo CD, Flux or Helm would write back. */
  canPatchGitOpsOwner: z.boolean(),
});

/** The part of a class that decides; it is in the record of each decision. */
export const DecisionPolicy = z.lazy(() => z.strictObject(fields()));
export type DecisionPolicy = z.infer<typeof DecisionPolicy>;

/** What was agreed for the workloads of one class. */
export const ClassPolicy = z.lazy(() =>
  z.strictObject({
    ...fields(),
    /** How sizes are found in a history of usage. */
    sizing: SizingSettings,
  }),
);
export type ClassPolicy = z.infer<typeof ClassPolicy>;
