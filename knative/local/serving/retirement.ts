import type { Running } from "./pool.ts";
import type { Replica } from "./replica.ts";

/** The processes that take no new request any more, until they are gone. */
export type Retirement = {
  readonly size: number;
  /** Ends a process once its last request has, after `graceMs` at the latest; as long again to exit. */
  add(running: Running, graceMs: number): Promise<void>;
  /** Ends a process at once; `graceMs` to exit. */
  addNow(running: Running, graceMs: number): Promise<void>;
  /** Waits for no request any more, and cuts every grace short. */
  hurry(graceMs: number): Promise<void>;
};

export function createRetirement(): Retirement {
  const leaving = new Map<Replica, Promise<void>>();
  const draining = new Set<() => void>();
  let isHurried = false;

  function drained(running: Running, graceMs: number): Promise<void> {
    if (running.inFlight === 0 || isHurried) return Promise.resolve();
    return new Promise((done) => {
      const end = () => {
        clearTimeout(limit);
        draining.delete(end);
        done();
      };
      const limit = setTimeout(end, graceMs);
      draining.add(end);
      running.onEmpty = end;
    });
  }

  function leave(replica: Replica, isFree: Promise<void>, graceMs: number): Promise<void> {
    const gone = isFree.then(() => replica.stop(graceMs)).then(() => void leaving.delete(replica));
    leaving.set(replica, gone);
    return gone;
  }

  return {
    get size() {
      return leaving.size;
    },
    add: (running, graceMs) => leave(running.replica, drained(running, graceMs), graceMs),
    addNow: ({ replica }, graceMs) => leave(replica, Promise.resolve(), graceMs),
    async hurry(graceMs) {
      isHurried = true;
      for (const end of draining) end();
      await Promise.all([...leaving].flatMap(([replica, gone]) => [replica.stop(graceMs), gone]));
    },
  };
}
