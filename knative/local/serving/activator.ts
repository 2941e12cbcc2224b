import type { Agent } from "node:http";
import { queueFull, shuttingDown, startFailed } from "./activation-error.ts";
import { isPastActivator, queueAtPods } from "./burst.ts";
import { createFleet } from "./fleet.ts";
import { createLoadMeter } from "./load-meter.ts";
import type { Running } from "./pool.ts";
import type { Poster } from "./poster.ts";
import type { Replica } from "./replica.ts";
import type { Revision, ServiceEvent, ServiceFact, ServiceStatus } from "./revision.ts";
import { createScaler } from "./scaler.ts";
import { createWaitingRoom } from "./waiting-room.ts";

/** The right to send one request to a process. `release` must be called once, however it ends. */
export type Lease = {
  port: number;
  agent: Agent;
  poster: Poster;
  /** Cold: the request has waited for the process to start. */
  start: "cold" | "warm";
  release(): void;
};

/**
 * Holds requests until a process takes them, and keeps as many processes as the revision's rules
 * say (`autoscale`): none while nothing is asked for, and then nothing ticks here either.
 */
export type Activator = {
  readonly revision: Revision;
  /** @throws ActivationError 503 or 504; the signal's reason when it is aborted. */
  acquire(signal: AbortSignal): Promise<Lease>;
  status(): Omit<ServiceStatus, "url">;
  /** Starts the processes that the revision's scale asks for without a request. */
  open(): void;
  /** Serves what waits and what is in flight, then ends every process. Resolves when none is left. */
  drain(): Promise<void>;
  /** Refuses what waits, ends every process; what is in flight has `graceMs` to finish. */
  close(graceMs: number): Promise<void>;
};

export function createActivator(
  revision: Revision,
  start: () => Promise<Replica>,
  onEvent: (event: ServiceEvent) => void,
): Activator {
  const { namespace, service, scale } = revision;
  const waiting = createWaitingRoom<Lease>();
  const meter = createLoadMeter(scale.stableWindowMs);
  let lastReadyMs = 0;
  const report = (fact: ServiceFact) => onEvent({ time: new Date(), namespace, service, ...fact });
  const fleet = createFleet(revision, start, {
    report,
    onReady() {
      lastReadyMs = performance.now();
      admit("cold");
      scaler.watch();
    },
    onLaunched: () => scaler.watch(),
    // Those who waited for this very start learn of it; on Knative they would wait for the time-out.
    onStartFailed: (reason) => waiting.refuseAll(startFailed(service, reason)),
    // The others carry the load until the next look at it, which knows better.
    wantedAgain: () =>
      Math.max(scale.minScale, Math.min(1, waiting.size), Math.min(fleet.wanted, fleet.count())),
  });
  const { pool } = fleet;
  const requests = () => waiting.size + pool.inFlight();
  const scaler = createScaler(scale, {
    fleet,
    meter,
    requests,
    waiting: () => waiting.size,
    lastReadyMs: () => lastReadyMs,
    report,
  });
  let isClosed = false;
  /** Called when nothing waits and nothing is in flight any more. */
  let onDrained: (() => void) | null = null;

  function lease(running: Running, from: "cold" | "warm"): Lease {
    running.inFlight += 1;
    let isReleased = false;
    return {
      port: running.replica.port,
      agent: running.replica.agent,
      poster: running.replica.poster,
      start: from,
      release() {
        if (isReleased) return;
        isReleased = true;
        running.inFlight -= 1;
        meter.leave(performance.now());
        if (running.inFlight === 0) running.onEmpty?.();
        if (pool.has(running)) admit("warm");
        if (requests() > 0) return;
        scaler.watch();
        onDrained?.();
      },
    };
  }

  function admit(from: "cold" | "warm"): void {
    for (;;) {
      const free = pool.leastLoaded();
      if (free === null || !waiting.admit(() => lease(free, from))) return;
    }
  }

  /** Past the activator only the queues of the pods hold requests, and those are short. */
  function isQueueFull(): boolean {
    const { containerConcurrency } = revision;
    const ready = pool.ready();
    if (containerConcurrency === 0 || waiting.size < queueAtPods(containerConcurrency, ready)) {
      return false;
    }
    const average = meter.average(scale.panicWindowMs, performance.now());
    const load = scale.metric === "rps" ? average.requestsPerSecond : average.concurrency;
    return isPastActivator(scale, ready, load);
  }

  function stateNow(): ServiceStatus["state"] {
    if (pool.ready() > 0) return "ready";
    if (fleet.count() > 0) return "starting";
    return fleet.isHeldBack ? "backing-off" : "zero";
  }

  async function close(graceMs: number): Promise<void> {
    onDrained?.();
    isClosed = true;
    scaler.stop();
    waiting.refuseAll(shuttingDown());
    await fleet.close(graceMs);
  }

  return {
    revision,
    async acquire(signal) {
      if (isClosed) throw shuttingDown();
      signal.throwIfAborted();
      const wasIdle = requests() === 0;
      const free = waiting.size === 0 ? pool.leastLoaded() : null;
      if (free === null && isQueueFull()) throw queueFull();
      meter.enter(performance.now());
      if (free !== null) {
        const leased = lease(free, "warm");
        if (wasIdle) scaler.watch();
        return leased;
      }
      const admitted = waiting.wait(revision.timeoutMs, signal);
      admitted.catch(() => {
        meter.leave(performance.now());
        if (requests() === 0) onDrained?.();
      });
      if (fleet.wanted === 0 || fleet.count() === 0) {
        fleet.want(Math.max(1, fleet.wanted, scale.minScale, scale.activationScale));
      }
      if (wasIdle) scaler.watch();
      return admitted;
    },
    status: () => ({
      namespace,
      name: service,
      revision: revision.name,
      state: stateNow(),
      replicas: fleet.count(),
      requests: requests(),
      coldStarts: fleet.coldStarts,
      crashes: fleet.crashes,
    }),
    open: () => fleet.want(Math.max(scale.minScale, scale.initialScale)),
    async drain() {
      fleet.silence();
      if (requests() > 0) await new Promise<void>((done) => (onDrained = done));
      await close(revision.graceMs);
    },
    close,
  };
}
