const waiting = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>();

/**
 * Calls `run` when the signal is aborted, unless what this answers has been called before. Many may
 * wait for one signal: an EventTarget goes through all its listeners for each that comes or goes.
 */
export function whenAborted(signal: AbortSignal, run: (reason: unknown) => void): () => void {
  let all = waiting.get(signal);
  if (all === undefined) {
    const added = new Set<(reason: unknown) => void>();
    all = added;
    waiting.set(signal, all);
    const runAll = () => {
      for (const one of added) one(signal.reason);
    };
    signal.addEventListener("abort", runAll, { once: true });
  }
  all.add(run);
  return () => void all.delete(run);
}
