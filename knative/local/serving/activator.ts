import type { Agent } from "node:http";
import { shuttingDown, startFailed } from "./activation-error.ts";
import { backOffMs, STABLE_MS } from "./back-off.ts";
import type { Replica } from "./replica.ts";
import type { Revision, ServiceEvent, ServiceStatus } from "./revision.ts";
import { createWaitingRoom } from "./waiting-room.ts";

/** The right to send one request to a process. `release` must be called once, however it ends. */
export type Lease = {
  port: number;
  agent: Agent;
  /** Cold: the request has waited for the process to start. */
  start: "cold" | "warm";
  release(): void;
};

/**
 * Keeps a revision at one process while it is asked for, and at none when it is not.
 * Knative would add replicas up to max-scale; here one serves, and containerConcurrency queues.
 */
export type Activator = {
  readonly revision: Revision;
  /** @throws ActivationError 503 or 504; the signal's reason when it is aborted. */
  acquire(signal: AbortSignal): Promise<Lease>;
  status(): Omit<ServiceStatus, "url">;
  /** Starts a process when the revision's scale asks for one without a request. */
  open(): void;
  /** Refuses what waits, ends every process; what is in flight has `graceMs` to finish. */
  close(graceMs: number): Promise<void>;
};

/** A process and the requests in it. */
type Running = { replica: Replica; readySinceMs: number | null; inFlight: number };

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
  const { namespace, service } = revision;
  const waiting = createWaitingRoom<Lease>();
  const launches = new Set<Promise<void>>();
  const retiring = new Map<Replica, Promise<void>>();
  let current: Running | null = null;
  let isStarting = false;
  let isClosed = false;
  let backOff: NodeJS.Timeout | null = null;
  let idle: NodeJS.Timeout | null = null;
  let crashesInARow = 0;
  let crashes = 0;
  let coldStarts = 0;

  const report = (fact: ServiceFact) =>
    onEvent({ time: new Date(), namespace, service, ...fact } as ServiceEvent);

  function launch(): void {
    if (isStarting || current !== null || backOff !== null || isClosed) return;
    isStarting = true;
    const launching = start().then(follow, (error: Error) => crashed(null, error.message));
    launches.add(launching);
    void launching.finally(() => launches.delete(launching));
  }

  async function follow(replica: Replica): Promise<void> {
    isStarting = false;
    const running: Running = { replica, readySinceMs: null, inFlight: 0 };
    void replica.exited.then((reason) => {
      if (current === running) crashed(running, reason);
    });
    if (isClosed) {
      replica.ready.catch(() => undefined);
      return replica.stop(0);
    }
    current = running;
    replica.ready.then(
      (startMs) => {
        if (current !== running) return;
        running.readySinceMs = performance.now();
        coldStarts += 1;
        report({ state: "up", startMs });
        admit(running, "cold");
        sleepWhenIdle(running);
      },
      () => undefined,
    );
  }

  function crashed(running: Running | null, reason: string): void {
    isStarting = false;
    current = null;
    stayAwake();
    crashes += 1;
    const readySinceMs = running?.readySinceMs ?? null;
    if (readySinceMs !== null && performance.now() - readySinceMs >= STABLE_MS) crashesInARow = 0;
    crashesInARow += 1;
    const delayMs = backOffMs(crashesInARow);
    report({ state: "crashed", reason, backOffMs: delayMs });
    // Those who waited for this very start learn of it; on Knative they would wait for the time-out.
    if (readySinceMs === null) waiting.refuseAll(startFailed(service, reason));
    if (isClosed) return;
    backOff = setTimeout(() => {
      backOff = null;
      if (waiting.size > 0 || revision.minScale > 0) launch();
    }, delayMs);
  }

  function lease(running: Running, from: "cold" | "warm"): Lease {
    stayAwake();
    running.inFlight += 1;
    let isReleased = false;
    return {
      port: running.replica.port,
      agent: running.replica.agent,
      start: from,
      release() {
        if (isReleased) return;
        isReleased = true;
        running.inFlight -= 1;
        if (current !== running) return;
        admit(running, "warm");
        sleepWhenIdle(running);
      },
    };
  }

  const hasRoom = ({ inFlight }: Running) =>
    revision.containerConcurrency === 0 || inFlight < revision.containerConcurrency;

  function admit(running: Running, from: "cold" | "warm"): void {
    while (hasRoom(running) && waiting.admit(() => lease(running, from)));
  }

  function stayAwake(): void {
    if (idle !== null) clearTimeout(idle);
    idle = null;
  }

  function sleepWhenIdle(running: Running): void {
    if (running.inFlight > 0 || revision.minScale > 0 || isClosed) return;
    stayAwake();
    idle = setTimeout(() => {
      idle = null;
      current = null;
      retire(running, revision.timeoutMs);
    }, revision.windowMs);
  }

  function retire({ replica }: Running, graceMs: number): void {
    const stopped = replica.stop(graceMs).then(() => {
      retiring.delete(replica);
      if (current === null && !isStarting) report({ state: "zero" });
    });
    retiring.set(replica, stopped);
  }

  function stateNow(): ServiceStatus["state"] {
    if (current !== null) return current.readySinceMs === null ? "starting" : "ready";
    if (isStarting) return "starting";
    return backOff === null ? "zero" : "backing-off";
  }

  return {
    revision,
    async acquire(signal) {
      if (isClosed) throw shuttingDown();
      signal.throwIfAborted();
      const isReady = current !== null && current.readySinceMs !== null;
      if (isReady && current !== null && waiting.size === 0 && hasRoom(current)) {
        return lease(current, "warm");
      }
      const admitted = waiting.wait(revision.timeoutMs, signal);
      launch();
      return admitted;
    },
    status: () => ({
      namespace,
      name: service,
      revision: revision.name,
      state: stateNow(),
      replicas: current === null ? 0 : 1,
      requests: waiting.size + (current?.inFlight ?? 0),
      coldStarts,
      crashes,
    }),
    open() {
      if (revision.minScale > 0 || revision.initialScale > 0) launch();
    },
    async close(graceMs) {
      isClosed = true;
      stayAwake();
      if (backOff !== null) clearTimeout(backOff);
      waiting.refuseAll(shuttingDown());
      if (current !== null) {
        const running = current;
        current = null;
        retire(running, graceMs);
      }
      await Promise.all(launches);
      // Those that end by themselves since before may take their full grace: cut it short.
      await Promise.all(
        [...retiring].flatMap(([replica, stopped]) => [replica.stop(graceMs), stopped]),
      );
    },
  };
}
