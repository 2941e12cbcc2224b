import { availableParallelism } from "node:os";
import type { Autoscaling } from "../manifests/autoscaling.ts";

/** `config-autoscaler` of Knative. */
const STABLE_WINDOW_SECONDS = 60;
const PANIC_WINDOW_PERCENT = 10;
const PANIC_THRESHOLD_PERCENT = 200;
const TARGET_UTILIZATION_PERCENT = 70;
const CONCURRENCY_TARGET = 100;
const RPS_TARGET = 200;
const TARGET_BURST_CAPACITY = 211;
/** `S:pkg/apis/autoscaling/register.go`: TargetMin. */
const TARGET_MIN = 0.01;
/** `S:pkg/apis/autoscaling/register.go`: BucketSize, no panic window is shorter. */
const BUCKET_MS = 1_000;

/**
 * Without a max-scale Knative adds pods as long as there are nodes. A laptop has no more nodes to
 * add: beyond a few processes per core, each one only takes the others' time and memory.
 */
const MAX_PER_CORE = 4;

/** How many processes of a revision there may be, and when. Fixed for its life. */
export type ScaleRules = {
  metric: "concurrency" | "rps";
  /** Of one process, the target utilization applied. */
  target: number;
  /** The same without the target utilization. */
  capacity: number;
  /** A burst that the processes there are must have room for, or requests are held; -1: always. */
  targetBurstCapacity: number;
  stableWindowMs: number;
  panicWindowMs: number;
  /** So many times what the processes there are can take, over the panic window: panic. */
  panicThreshold: number;
  minScale: number;
  maxScale: number;
  /** Started with the runtime, and held until all of them were ready once. */
  initialScale: number;
  /** At least so many, whenever there is any demand. */
  activationScale: number;
  scaleDownDelayMs: number;
  /** The last process stays this long after the decision that nobody needs it. */
  retentionMs: number;
};

/**
 * The rules of a revision. `windowSeconds` is above its own window when not null.
 * `S:pkg/reconciler/autoscaling/resources/target.go`: a target above containerConcurrency (0: no
 * limit) would never be reached, so the smaller one counts.
 */
export function scaleRules(
  autoscaling: Autoscaling,
  containerConcurrency: number,
  options: { windowSeconds: number | null; initialScale: number; cores?: number },
): ScaleRules {
  const { metric, minScale, activationScale } = autoscaling;
  const { windowSeconds, initialScale, cores = availableParallelism() } = options;
  const seconds = windowSeconds ?? autoscaling.windowSeconds ?? STABLE_WINDOW_SECONDS;
  const stableWindowMs = seconds * 1_000;
  const panicShare = (autoscaling.panicWindowPercent ?? PANIC_WINDOW_PERCENT) / 100;
  const limit = metric === "concurrency" && containerConcurrency > 0 ? containerConcurrency : null;
  const asked =
    autoscaling.target ??
    autoscaling.targetDefault ??
    (metric === "rps" ? RPS_TARGET : CONCURRENCY_TARGET);
  const total = limit === null ? asked : Math.min(autoscaling.target ?? limit, limit);
  const utilization = (autoscaling.utilizationPercent ?? TARGET_UTILIZATION_PERCENT) / 100;
  return {
    metric,
    target: Math.max(TARGET_MIN, total * utilization),
    capacity: total,
    targetBurstCapacity: autoscaling.targetBurstCapacity ?? TARGET_BURST_CAPACITY,
    stableWindowMs,
    panicWindowMs: Math.min(stableWindowMs, Math.max(BUCKET_MS, stableWindowMs * panicShare)),
    panicThreshold: (autoscaling.panicThresholdPercent ?? PANIC_THRESHOLD_PERCENT) / 100,
    minScale,
    maxScale:
      autoscaling.maxScale ??
      Math.max(cores * MAX_PER_CORE, minScale, initialScale, activationScale),
    initialScale,
    activationScale,
    scaleDownDelayMs: autoscaling.scaleDownDelaySeconds * 1_000,
    retentionMs: autoscaling.retentionSeconds * 1_000,
  };
}

/** Always so many, whatever the load: a Deployment, a ContainerSource. */
export function fixedScale(replicas: number): ScaleRules {
  return {
    metric: "concurrency",
    target: CONCURRENCY_TARGET,
    capacity: CONCURRENCY_TARGET,
    targetBurstCapacity: -1,
    stableWindowMs: STABLE_WINDOW_SECONDS * 1_000,
    panicWindowMs: STABLE_WINDOW_SECONDS * 100,
    panicThreshold: PANIC_THRESHOLD_PERCENT / 100,
    minScale: replicas,
    maxScale: replicas,
    initialScale: 0,
    activationScale: 0,
    scaleDownDelayMs: 0,
    retentionMs: 0,
  };
}
