import { TransientError } from "../../shared/errors.ts";

/** Room for so many bytes of bodies at work; the others wait in order. */
export type Room = {
  /**
   * Runs `work` when there is room. What is larger than all of it has it for itself.
   * @throws TransientError BUSY when `signal` aborts first.
   */
  within<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
};

export function createRoom(totalBytes: number): Room {
  const waiting = new Set<{ bytes: number; enter: () => void }>();
  let freeBytes = totalBytes;

  const letIn = (): void => {
    for (const next of waiting) {
      // Nobody overtakes: a large one would wait for ever.
      if (next.bytes > freeBytes) return;
      waiting.delete(next);
      freeBytes -= next.bytes;
      next.enter();
    }
  };
  const wait = (bytes: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        waiting.delete(next);
        reject(new TransientError("BUSY", "other webhooks are at work"));
        letIn();
      };
      const next = {
        bytes,
        enter: (): void => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
      };
      waiting.add(next);
      signal.addEventListener("abort", abort, { once: true });
      letIn();
    });

  return {
    async within(wantedBytes, signal, work) {
      const bytes = Math.min(wantedBytes, totalBytes);
      await wait(bytes, signal);
      try {
        return await work();
      } finally {
        freeBytes += bytes;
        letIn();
      }
    },
  };
}
