import { queueFull, requestTimeout } from "./activation-error.ts";

/** Knative's activator holds so many requests per revision (pkg/activator/net/throttler.go). */
const MAX_WAITING = 10_000;

/** Requests that wait for a process, first come first served. */
export type WaitingRoom<T> = {
  readonly size: number;
  /**
   * Resolves to what `admit` is called with. Rejects with an ActivationError when the room is full
   * or `timeoutMs` have passed, with the signal's reason when the client has gone.
   */
  wait(timeoutMs: number, signal: AbortSignal): Promise<T>;
  /** Lets the longest waiting one go; false when there is none. */
  admit(make: () => T): boolean;
  refuseAll(error: Error): void;
};

type Waiter<T> = { admit(value: T): void; refuse(error: Error): void };

export function createWaitingRoom<T>(): WaitingRoom<T> {
  const waiters = new Set<Waiter<T>>();
  return {
    get size() {
      return waiters.size;
    },
    wait(timeoutMs, signal) {
      if (waiters.size >= MAX_WAITING) return Promise.reject(queueFull());
      return new Promise((done, failed) => {
        const leave = () => {
          waiters.delete(waiter);
          clearTimeout(timer);
          signal.removeEventListener("abort", onAbort);
        };
        const waiter: Waiter<T> = {
          admit(value) {
            leave();
            done(value);
          },
          refuse(error) {
            leave();
            failed(error);
          },
        };
        const onAbort = () => waiter.refuse(signal.reason as Error);
        const timer = setTimeout(() => waiter.refuse(requestTimeout()), timeoutMs);
        if (signal.aborted) return onAbort();
        signal.addEventListener("abort", onAbort);
        waiters.add(waiter);
      });
    },
    admit(make) {
      const first = waiters.values().next();
      if (first.done) return false;
      first.value.admit(make());
      return true;
    },
    refuseAll(error) {
      for (const waiter of waiters) waiter.refuse(error);
    },
  };
}
