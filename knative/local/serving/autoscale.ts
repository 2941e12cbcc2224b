import type { ScaleRules } from "./scale-rules.ts";

/** `config-autoscaler`: at most so many times the ready processes in one decision, or that part. */
const MAX_SCALE_UP_RATE = 1_000;
const MAX_SCALE_DOWN_RATE = 2;

/** What a revision was asked for. Averages are of the rules' metric, waiting requests included. */
export type LoadSeen = {
  nowMs: number;
  /** Processes that take requests. */
  ready: number;
  stableAverage: number;
  panicAverage: number;
  /** Since the last request ended, or since a process got ready; 0 while there is one. */
  idleMs: number;
};

/** What a decision leaves for the next one. */
export type ScaleMemory = {
  isInitialScaleReached: boolean;
  /** When the load was last over the panic threshold; null when not in panic. */
  panicAtMs: number | null;
  /** The most that was wanted in this panic. */
  panicReplicas: number;
  /** For the scale-down delay. */
  decisions: readonly { atMs: number; replicas: number }[];
  /** Since when nothing is wanted; null when something is. */
  unwantedSinceMs: number | null;
};

export const FRESH_MEMORY: ScaleMemory = {
  isInitialScaleReached: false,
  panicAtMs: null,
  panicReplicas: 0,
  decisions: [],
  unwantedSinceMs: null,
};

export type ScaleDecision = { replicas: number; isPanic: boolean; memory: ScaleMemory };

/**
 * Says how many processes there should be, as Knative's KPA does: pure, and the same decision for
 * the same load. `S:pkg/autoscaler/scaling/autoscaler.go` (Scale), `S:pkg/reconciler/autoscaling/kpa/scaler.go`
 */
export function autoscale(rules: ScaleRules, memory: ScaleMemory, load: LoadSeen): ScaleDecision {
  const { nowMs, ready } = load;
  const { isPanic, ...panic } = panicNow(rules, memory, load);
  const held = heldBack(rules, memory, nowMs, panic.panicReplicas);
  const kept = keptForLast(rules, memory, load, held.replicas);
  const isInitialScaleReached = memory.isInitialScaleReached || ready >= rules.initialScale;
  const floor = Math.max(rules.minScale, isInitialScaleReached ? 0 : rules.initialScale);
  return {
    replicas: Math.min(rules.maxScale, Math.max(floor, kept.replicas)),
    isPanic,
    memory: {
      isInitialScaleReached,
      panicAtMs: panic.panicAtMs,
      panicReplicas: isPanic ? panic.panicReplicas : 0,
      decisions: held.decisions,
      unwantedSinceMs: kept.unwantedSinceMs,
    },
  };
}

/** `panicReplicas` is what is wanted, in panic or not; in panic it never falls. */
function panicNow(rules: ScaleRules, memory: ScaleMemory, load: LoadSeen) {
  const ready = Math.max(1, load.ready);
  const stable = wantedFor(load.stableAverage, ready, rules);
  const panic = wantedFor(load.panicAverage, ready, rules);
  const isOver = Math.ceil(load.panicAverage / rules.target) / ready >= rules.panicThreshold;
  const isOld = memory.panicAtMs === null || memory.panicAtMs + rules.stableWindowMs < load.nowMs;
  const panicAtMs = isOver ? load.nowMs : isOld ? null : memory.panicAtMs;
  return panicAtMs === null
    ? { isPanic: false, panicAtMs, panicReplicas: stable }
    : { isPanic: true, panicAtMs, panicReplicas: Math.max(stable, panic, memory.panicReplicas) };
}

function wantedFor(average: number, ready: number, rules: ScaleRules): number {
  const wanted = Math.ceil(average / rules.target);
  const most = Math.ceil(MAX_SCALE_UP_RATE * ready);
  const least = Math.floor(ready / MAX_SCALE_DOWN_RATE);
  const reachable = Math.min(most, Math.max(least, wanted));
  return wanted > 0 ? Math.max(reachable, rules.activationScale) : reachable;
}

/** The scale-down delay: the most that any decision of the last while has wanted. */
function heldBack(rules: ScaleRules, memory: ScaleMemory, nowMs: number, wanted: number) {
  if (rules.scaleDownDelayMs === 0) return { replicas: wanted, decisions: [] };
  const recent = memory.decisions.filter(({ atMs }) => atMs > nowMs - rules.scaleDownDelayMs);
  // A decision below a later one can never be the most again, so it is not kept.
  const decisions = [
    ...recent.filter(({ replicas }) => replicas > wanted),
    { atMs: nowMs, replicas: wanted },
  ];
  return { replicas: decisions[0]?.replicas ?? wanted, decisions };
}

/** The last process stays for the whole window without a request, and then for the retention. */
function keptForLast(rules: ScaleRules, memory: ScaleMemory, load: LoadSeen, wanted: number) {
  if (wanted > 0) return { replicas: wanted, unwantedSinceMs: null };
  if (load.idleMs < rules.stableWindowMs) return { replicas: 1, unwantedSinceMs: null };
  const unwantedSinceMs = memory.unwantedSinceMs ?? load.nowMs;
  const isRetained = load.nowMs - unwantedSinceMs < rules.retentionMs;
  return { replicas: isRetained ? 1 : 0, unwantedSinceMs };
}
