import type { Agent } from "node:http";
import { queueFull, shuttingDown, startFailed } from "./activation-error.ts";
import { autoscale, FRESH_MEMORY, type ScaleMemory } from "./autoscale.ts";
import { isPastActivator, queueAtPods } from "./burst.ts";
import { type Average, createLoadMeter } from "./load-meter.ts";
import { createLookTimer } from "./look-timer.ts";
import { nextLookMs } from "./next-look.ts";
import { createPool, type Running } from "./pool.ts";
import type { Poster } from "./poster.ts";
import type { Replica } from "./replica.ts";
import type { Revision, ServiceEvent, ServiceStatus } from "./revision.ts";
import { createRestarts } from "./restarts.ts";
import { createRetirement } from "./retirement.ts";
import { scaleReason } from "./scale-reason.ts";
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

type ServiceFact = ServiceEvent extends infer E
  ? E extends ServiceEvent
    ? Omit<E, "time" | "namespace" | "service">
    : never
  : never;

export function createActivator(
  revision: Revision,
  start: () => Promise<Replica>,
  onEvent: (event: ServiceEvent) => void,
): Activator {
  const { namespace, service, scale } = revision;
  const waiting = createWaitingRoom<Lease>();
  const pool = createPool(revision.containerConcurrency);
  const meter = createLoadMeter(scale.stableWindowMs);
  const launches = new Set<Promise<void>>();
  const retirement = createRetirement();
  const restarts = createRestarts(startAgain);
  const looking = createLookTimer(look);
  let memory: ScaleMemory = FRESH_MEMORY;
  /** How many there should be; what crashed is started again up to it. */
  let wanted = 0;
  let starting = 0;
  let lastReadyMs = 0;
  let isClosed = false;
  /** What it is at is told of its successor. */
  let isReplaced = false;
  /** Called when nothing waits and nothing is in flight any more. */
  let onDrained: (() => void) | null = null;
  let coldStarts = 0;

  const report = (fact: ServiceFact) =>
    onEvent({ time: new Date(), namespace, service, ...fact } as ServiceEvent);
  const requests = () => waiting.size + pool.inFlight();
  const count = () => pool.size() + starting;

  function launch(): void {
    if (isClosed || restarts.isWaiting) return;
    while (count() < wanted) {
      starting += 1;
      const launching = start().then(follow, (error: Error) => {
        starting -= 1;
        crashed(null, error.message);
      });
      launches.add(launching);
      void launching.finally(() => launches.delete(launching));
    }
    watch();
  }

  async function follow(replica: Replica): Promise<void> {
    starting -= 1;
    const running: Running = { replica, readySinceMs: null, inFlight: 0 };
    void replica.exited.then((reason) => {
      if (pool.remove(running)) crashed(running, reason);
    });
    void replica.failed.then((reason) => {
      if (!pool.remove(running)) return;
      // Nothing more goes there; what is in it may still be answered until it ends.
      void retirement.addNow(running, revision.graceMs);
      crashed(running, reason);
    });
    if (isClosed) {
      replica.ready.catch(() => undefined);
      return replica.stop(0);
    }
    pool.add(running);
    replica.ready.then(
      (startMs) => {
        if (!pool.has(running)) return;
        running.readySinceMs = lastReadyMs = performance.now();
        coldStarts += 1;
        report({ state: "up", startMs, replicas: pool.ready() });
        admit("cold");
        watch();
      },
      () => undefined,
    );
    if (count() > wanted) shrink();
  }

  function crashed(running: Running | null, reason: string): void {
    const readySinceMs = running?.readySinceMs ?? null;
    const readyMs = readySinceMs === null ? null : performance.now() - readySinceMs;
    const delayMs = restarts.crashed(readyMs);
    report({ state: "crashed", reason, backOffMs: delayMs });
    // Those who waited for this very start learn of it; on Knative they would wait for the time-out.
    if (readySinceMs === null && count() === 0) waiting.refuseAll(startFailed(service, reason));
    if (isClosed) return;
    restarts.wait(delayMs);
  }

  function startAgain(): void {
    const asked = waiting.size > 0 ? 1 : 0;
    // The others carry the load until the next look at it, which knows better.
    wanted = Math.max(scale.minScale, asked, Math.min(wanted, count()));
    launch();
    watch();
  }

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
        if (requests() === 0) rest();
      },
    };
  }

  function rest(): void {
    watch();
    onDrained?.();
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

  /** Since there was last something to do; a process that has just got ready gets its window too. */
  const idleMs = (nowMs: number) =>
    requests() > 0 ? 0 : Math.min(meter.idleMs(nowMs), nowMs - lastReadyMs);

  function watch(): void {
    if (isClosed) return;
    const idle = () => idleMs(performance.now());
    const load = { processes: count(), requests: requests(), idleMs: idle };
    const waitMs = nextLookMs(scale, load);
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
      ready: pool.ready(),
      stableAverage: of(stable),
      panicAverage: of(panic),
      idleMs: idle,
    });
    memory = decision.memory;
    const from = count();
    wanted = Math.max(decision.replicas, waiting.size > 0 ? 1 : 0);
    // From and to zero are told by "up" and "zero".
    if (from !== wanted && wanted > 0 && (from > 0 || wanted > 1) && !restarts.isWaiting) {
      const reason = scaleReason(scale, decision.isPanic ? panic : stable, decision.isPanic);
      report({ state: "scaled", from, to: wanted, reason });
    }
    if (from > wanted) shrink();
    else launch();
    watch();
  }

  function shrink(): void {
    while (pool.size() > 0 && count() > wanted) {
      const running = pool.leastNeeded();
      if (running === null) return;
      retire(running, revision.graceMs);
    }
  }

  function retire(running: Running, graceMs: number): void {
    pool.remove(running);
    void retirement.add(running, graceMs).then(() => {
      if (count() === 0 && retirement.size === 0 && !isReplaced) report({ state: "zero" });
    });
  }

  function stateNow(): ServiceStatus["state"] {
    if (pool.ready() > 0) return "ready";
    if (count() > 0) return "starting";
    return restarts.isWaiting ? "backing-off" : "zero";
  }

  async function close(graceMs: number): Promise<void> {
    onDrained?.();
    isClosed = true;
    looking.stop();
    restarts.stop();
    waiting.refuseAll(shuttingDown());
    for (const running of pool.all()) retire(running, graceMs);
    await Promise.all(launches);
    // Those that end by themselves since before may take their full grace: cut it short.
    await retirement.hurry(graceMs);
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
        if (wasIdle) watch();
        return leased;
      }
      const admitted = waiting.wait(revision.timeoutMs, signal);
      admitted.catch(() => {
        meter.leave(performance.now());
        if (requests() === 0) onDrained?.();
      });
      if (wanted === 0 || count() === 0) {
        wanted = Math.max(1, wanted, scale.minScale, scale.activationScale);
        launch();
      }
      if (wasIdle) watch();
      return admitted;
    },
    status: () => ({
      namespace,
      name: service,
      revision: revision.name,
      state: stateNow(),
      replicas: count(),
      requests: requests(),
      coldStarts,
      crashes: restarts.crashes,
    }),
    open() {
      wanted = Math.max(scale.minScale, scale.initialScale);
      launch();
    },
    async drain() {
      isReplaced = true;
      if (requests() > 0) await new Promise<void>((done) => (onDrained = done));
      await close(revision.graceMs);
    },
    close,
  };
}
