import type { Replica } from "./replica.ts";

/** A process and the requests in it. */
export type Running = {
  replica: Replica;
  readySinceMs: number | null;
  inFlight: number;
  /** Called when its last request ends, while it waits to be ended itself. */
  onEmpty?: () => void;
};

/** The processes of a revision that start or take requests. */
export type Pool = {
  add(running: Running): void;
  /** False when it was not in any more. */
  remove(running: Running): boolean;
  has(running: Running): boolean;
  all(): Running[];
  size(): number;
  ready(): number;
  /** Requests in all of them. */
  inFlight(): number;
  /** Who takes the next request: ready, with room, and the fewest requests. Null: none has room. */
  leastLoaded(): Running | null;
  /** Who goes first: one not ready yet, else the fewest requests, the youngest of those. */
  leastNeeded(): Running | null;
};

/** `containerConcurrency`: requests at once in one process, 0 is without limit. */
export function createPool(containerConcurrency: number): Pool {
  const members = new Set<Running>();
  const limit = containerConcurrency === 0 ? Infinity : containerConcurrency;
  return {
    add: (running) => void members.add(running),
    remove: (running) => members.delete(running),
    has: (running) => members.has(running),
    all: () => [...members],
    size: () => members.size,
    ready() {
      let ready = 0;
      for (const { readySinceMs } of members) if (readySinceMs !== null) ready += 1;
      return ready;
    },
    inFlight() {
      let requests = 0;
      for (const { inFlight } of members) requests += inFlight;
      return requests;
    },
    leastLoaded() {
      let best: Running | null = null;
      for (const running of members) {
        if (running.readySinceMs === null || running.inFlight >= limit) continue;
        if (best === null || running.inFlight < best.inFlight) best = running;
      }
      return best;
    },
    leastNeeded() {
      let last: Running | null = null;
      const load = ({ readySinceMs, inFlight }: Running) => (readySinceMs === null ? -1 : inFlight);
      for (const running of members) {
        if (last === null || load(running) <= load(last)) last = running;
      }
      return last;
    },
  };
}
