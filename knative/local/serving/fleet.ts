import { createPool, type Pool, type Running } from "./pool.ts";
import type { Replica } from "./replica.ts";
import { createRestarts } from "./restarts.ts";
import { createRetirement } from "./retirement.ts";
import type { Revision, ServiceFact } from "./revision.ts";

/** The processes of one revision: as many as are wanted, and started again when they crash. */
export type Fleet = {
  readonly pool: Pool;
  /** How many there should be. */
  readonly wanted: number;
  /** Those that take requests, and those that start. */
  count(): number;
  /** From now on so many: starts what lacks, once no crash holds it back, and ends the least needed. */
  want(replicas: number): void;
  readonly isHeldBack: boolean;
  /** Processes that were ready once. */
  readonly coldStarts: number;
  readonly crashes: number;
  /** Tells of no end any more: a successor does. */
  silence(): void;
  /** Ends every process; what is in flight has `graceMs` to finish. Resolves when none is left. */
  close(graceMs: number): Promise<void>;
};

/** What a fleet tells, and asks, its owner. */
export type FleetOwner = {
  report(fact: ServiceFact): void;
  onReady(): void;
  onLaunched(): void;
  /** A crash has left no process, and this one had not got ready. */
  onStartFailed(reason: string): void;
  /** How many there should be after a crash. */
  wantedAgain(): number;
};

export function createFleet(
  revision: Pick<Revision, "containerConcurrency" | "graceMs">,
  start: () => Promise<Replica>,
  owner: FleetOwner,
): Fleet {
  const pool = createPool(revision.containerConcurrency);
  const launches = new Set<Promise<void>>();
  const retirement = createRetirement();
  const restarts = createRestarts(() => want(owner.wantedAgain()));
  let wanted = 0;
  let starting = 0;
  let coldStarts = 0;
  let isClosed = false;
  let isSilent = false;

  const count = () => pool.size() + starting;

  function want(replicas: number): void {
    wanted = replicas;
    if (count() > wanted) shrink();
    else launch();
  }

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
    owner.onLaunched();
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
        running.readySinceMs = performance.now();
        coldStarts += 1;
        owner.report({ state: "up", startMs, replicas: pool.ready() });
        owner.onReady();
      },
      () => undefined,
    );
    if (count() > wanted) shrink();
  }

  function crashed(running: Running | null, reason: string): void {
    const readySinceMs = running?.readySinceMs ?? null;
    const readyMs = readySinceMs === null ? null : performance.now() - readySinceMs;
    const delayMs = restarts.crashed(readyMs);
    owner.report({ state: "crashed", reason, backOffMs: delayMs });
    if (readySinceMs === null && count() === 0) owner.onStartFailed(reason);
    if (isClosed) return;
    restarts.wait(delayMs);
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
      if (count() === 0 && retirement.size === 0 && !isSilent) owner.report({ state: "zero" });
    });
  }

  return {
    pool,
    get wanted() {
      return wanted;
    },
    count,
    want,
    get isHeldBack() {
      return restarts.isWaiting;
    },
    get coldStarts() {
      return coldStarts;
    },
    get crashes() {
      return restarts.crashes;
    },
    silence: () => void (isSilent = true),
    async close(graceMs) {
      isClosed = true;
      restarts.stop();
      for (const running of pool.all()) retire(running, graceMs);
      await Promise.all(launches);
      // Those that end by themselves since before may take their full grace: cut it short.
      await retirement.hurry(graceMs);
    },
  };
}
