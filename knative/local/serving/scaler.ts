import { autoscale, FRESH_MEMORY, type ScaleMemory } from "./autoscale.ts";
import type { Fleet } from "./fleet.ts";
import type { Average, LoadMeter } from "./load-meter.ts";
import { createLookTimer } from "./look-timer.ts";
import { nextLookMs } from "./next-look.ts";
import type { ServiceFact } from "./revision.ts";
import { scaleReason } from "./scale-reason.ts";
import type { ScaleRules } from "./scale-rules.ts";

/** Sets how many processes a fleet has, by the rules and the load. */
export type Scaler = {
  /** Sees to it that there is a look when the number may have to change: none for a fleet at zero. */
  watch(): void;
  /** Looks no more. */
  stop(): void;
};

/** What a scaler knows of the revision. */
export type ScaledLoad = {
  fleet: Fleet;
  meter: LoadMeter;
  /** Requests being answered or waiting. */
  requests(): number;
  waiting(): number;
  /** When a process last got ready (`performance.now()`); 0 is never. */
  lastReadyMs(): number;
  report(fact: ServiceFact): void;
};

export function createScaler(scale: ScaleRules, load: ScaledLoad): Scaler {
  const { fleet, meter } = load;
  const looking = createLookTimer(look);
  let memory: ScaleMemory = FRESH_MEMORY;
  let isStopped = false;

  /** Since there was last something to do; a process that has just got ready gets its window too. */
  const idleMs = (nowMs: number) =>
    load.requests() > 0 ? 0 : Math.min(meter.idleMs(nowMs), nowMs - load.lastReadyMs());

  function watch(): void {
    if (isStopped) return;
    const waitMs = nextLookMs(scale, {
      processes: fleet.count(),
      requests: load.requests(),
      idleMs: () => idleMs(performance.now()),
    });
    if (waitMs !== null) looking.within(waitMs);
  }

  function look(): void {
    const nowMs = performance.now();
    const stable = meter.average(scale.stableWindowMs, nowMs);
    const panic = meter.average(scale.panicWindowMs, nowMs);
    const idle = idleMs(nowMs);
    const of = (average: Average) => {
      if (idle >= scale.stableWindowMs) return 0;
      return scale.metric === "rps" ? average.requestsPerSecond : average.concurrency;
    };
    const decision = autoscale(scale, memory, {
      nowMs,
      ready: fleet.pool.ready(),
      stableAverage: of(stable),
      panicAverage: of(panic),
      idleMs: idle,
    });
    memory = decision.memory;
    const from = fleet.count();
    const to = Math.max(decision.replicas, load.waiting() > 0 ? 1 : 0);
    // From and to zero are told by "up" and "zero".
    if (from !== to && to > 0 && (from > 0 || to > 1) && !fleet.isHeldBack) {
      const reason = scaleReason(scale, decision.isPanic ? panic : stable, decision.isPanic);
      load.report({ state: "scaled", from, to, reason });
    }
    fleet.want(to);
    watch();
  }

  return {
    watch,
    stop() {
      isStopped = true;
      looking.stop();
    },
  };
}
