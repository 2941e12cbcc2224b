import { TransientError } from "./errors.ts";

/** Lets so many in at a time; the others wait in order, up to a bound. */
export type Gate = {
  /**
   * Resolves when there is a place; the caller must `leave` it.
   * @throws TransientError SINK_BUSY when too many wait; the signal's reason when it aborts.
   */
  enter(signal: AbortSignal | undefined): Promise<void>;
  leave(): void;
};

export function createGate({ places, maxWaiting }: { places: number; maxWaiting: number }): Gate {
  const waiting = new Set<() => void>();
  let free = places;
  return {
    async enter(signal) {
      signal?.throwIfAborted();
      if (free > 0) {
        free -= 1;
        return;
      }
      if (waiting.size >= maxWaiting) {
        throw new TransientError("SINK_BUSY", `${maxWaiting} events wait for the sink already`);
      }
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          waiting.delete(next);
          reject(asError(signal?.reason));
        };
        const next = (): void => {
          signal?.removeEventListener("abort", abort);
          resolve();
        };
        waiting.add(next);
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
    leave() {
      const [next] = waiting;
      if (next === undefined) {
        free += 1;
      } else {
        waiting.delete(next);
        next();
      }
    },
  };
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
