import { backOffMs, STABLE_MS } from "./back-off.ts";

/** Counts the processes that ended unasked, and holds the next start back. */
export type Restarts = {
  /** All that have crashed. */
  readonly crashes: number;
  /** Whether a start is held back. */
  readonly isWaiting: boolean;
  /** Takes up a crash of a process that was ready for `readyMs` (null: never); gives how long to wait. */
  crashed(readyMs: number | null): number;
  /** Holds back for so long, then calls `again`. */
  wait(delayMs: number): void;
  stop(): void;
};

export function createRestarts(again: () => void): Restarts {
  let crashes = 0;
  let crashesInARow = 0;
  let timer: NodeJS.Timeout | null = null;
  const stop = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  return {
    get crashes() {
      return crashes;
    },
    get isWaiting() {
      return timer !== null;
    },
    crashed(readyMs) {
      crashes += 1;
      if (readyMs !== null && readyMs >= STABLE_MS) crashesInARow = 0;
      crashesInARow += 1;
      return backOffMs(crashesInARow);
    },
    wait(delayMs) {
      stop();
      timer = setTimeout(() => {
        timer = null;
        again();
      }, delayMs);
    },
    stop,
  };
}
