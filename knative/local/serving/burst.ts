import type { ScaleRules } from "./scale-rules.ts";

/** `S:pkg/queue/sharedmain/main.go`: a queue-proxy holds so many times containerConcurrency. */
const QUEUE_PER_CONCURRENCY = 10;

/**
 * Whether requests go to the pods past the activator: when the pods there are have room for the
 * burst that the revision wants to be ready for. 0 is past it as soon as there is a pod, -1 never.
 * `S:pkg/autoscaler/scaling/autoscaler.go`, excessBCF.
 */
export function isPastActivator(
  { capacity, targetBurstCapacity }: Pick<ScaleRules, "capacity" | "targetBurstCapacity">,
  ready: number,
  panicAverage: number,
): boolean {
  if (ready === 0 || targetBurstCapacity < 0) return false;
  if (targetBurstCapacity === 0) return true;
  return Math.floor(ready * capacity - panicAverage - targetBurstCapacity) >= 0;
}

/** How many requests may wait at the pods themselves; one more is a 503. */
export function queueAtPods(containerConcurrency: number, ready: number): number {
  return QUEUE_PER_CONCURRENCY * containerConcurrency * ready;
}
