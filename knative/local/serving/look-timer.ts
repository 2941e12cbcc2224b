/** Wakes somebody up in time. A look that is too early does no harm. */
export type LookTimer = {
  /** Sees to it that there is a look in `waitMs` at the latest. */
  within(waitMs: number): void;
  stop(): void;
};

export function createLookTimer(look: () => void): LookTimer {
  let timer: NodeJS.Timeout | null = null;
  let dueMs = 0;
  return {
    within(waitMs) {
      const nextMs = performance.now() + waitMs;
      if (timer !== null && dueMs <= nextMs) return;
      if (timer !== null) clearTimeout(timer);
      dueMs = nextMs;
      timer = setTimeout(() => {
        timer = null;
        look();
      }, waitMs);
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
