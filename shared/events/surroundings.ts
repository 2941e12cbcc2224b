import * as z from "zod/mini";

const name = z.string().check(z.minLength(1));
const amount = z.number().check(z.nonnegative());

/** CPU and memory together. */
const Amounts = z.lazy(() => z.object({ cpuMillis: amount, memoryBytes: amount }));
export type Amounts = z.infer<typeof Amounts>;

/** The same, where each may be without bound: null. */
const Bounded = z.lazy(() =>
  z.object({ cpuMillis: z.nullable(amount), memoryBytes: z.nullable(amount) }),
);
export type Bounded = z.infer<typeof Bounded>;

/** A node as the scheduler sees it. */
const NodeFacts = z.lazy(() =>
  z.object({
    name,
    allocatable: Amounts,
    /** The sum of the requests of its pods that have not ended, this pod included. */
    requested: Amounts,
    /** Requests of pods of a lower priority than this pod's: they can be evicted for it. */
    requestedByLowerPriority: Amounts,
    isSchedulable: z.boolean(),
    /** Types of its conditions that say pressure, such as MemoryPressure. */
    pressures: z.array(name),
    /** "1.34.1"; the kubelet decides whether a resize can be done. */
    kubeletVersion: z.string(),
  }),
);
export type NodeFacts = z.infer<typeof NodeFacts>;

/** One claim that the pod mounts. */
const VolumeFacts = z.lazy(() =>
  z.object({
    claim: name,
    storageClass: z.nullable(name),
    requestedBytes: amount,
    capacityBytes: amount,
    /** null when nobody measures it. */
    usedBytes: z.nullable(amount),
    allowsExpansion: z.boolean(),
    /** Resizing already, or failed to: the claim's condition, else null. */
    condition: z.nullable(z.string()),
  }),
);
export type VolumeFacts = z.infer<typeof VolumeFacts>;

/**
 * What the cluster says around a pod, read once for a decision. A part that could not be read for
 * want of permission, or because the cluster does not know the kind, is null: unknown, not none.
 */
export const Surroundings = z.lazy(() =>
  z.object({
    /** "1.34"; of the API server. */
    serverVersion: z.nullable(z.string()),
    /** The pod's own node. */
    node: z.nullable(NodeFacts),
    /**
     * Room on other schedulable nodes: allocatable less what is requested. The roomiest are enough,
     * some of CPU and some of memory: a decision travels with all that it rests on.
     */
    otherNodesFree: z.nullable(z.array(Amounts)),
    /** Of type Container; the tightest of each when a namespace has several. */
    containerLimits: z.nullable(
      z.object({ min: Bounded, max: Bounded, maxLimitRequestRatio: Bounded }),
    ),
    /** Of type Pod, for the sum of its containers. */
    podLimits: z.nullable(z.object({ min: Bounded, max: Bounded })),
    /** What the namespace's quotas leave, the tightest of each. */
    quota: z.nullable(
      z.object({ requestsLeft: Bounded, limitsLeft: Bounded, podsLeft: z.nullable(amount) }),
    ),
    /** Budgets that select the pod. */
    disruptionBudgets: z.nullable(
      z.array(z.object({ name, disruptionsAllowed: z.int().check(z.nonnegative()) })),
    ),
    /** The workload at the end of the owner chain. */
    workload: z.nullable(
      z.object({
        /** null where the kind has no replicas. */
        replicas: z.nullable(
          z.object({ desired: amount, ready: amount, updated: amount, isScalable: z.boolean() }),
        ),
        /** A new template is being rolled out. */
        isRollingOut: z.boolean(),
        isPaused: z.boolean(),
        /** Whoever would undo a write to its spec: "Argo CD application shop", "Flux", "Helm". */
        gitOps: z.nullable(z.object({ tool: name, object: z.nullable(name) })),
        annotations: z.record(z.string(), z.string()),
      }),
    ),
    volumes: z.nullable(z.array(VolumeFacts)),
  }),
);
export type Surroundings = z.infer<typeof Surroundings>;
