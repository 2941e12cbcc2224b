/** Remembers answers for the length of a burst; those who ask at once share one question. */
export type BurstCache<V> = { get(key: string, ask: () => Promise<V>): Promise<V> };

type Kept<V> = { answer: Promise<V>; fromMs: number };

/**
 * @param keepMs from when an answer was asked for.
 * @param maxEntries the ones asked for longest ago go first.
 */
export function createBurstCache<V>(options: {
  keepMs: number;
  maxEntries: number;
  nowMs: () => number;
}): BurstCache<V> {
  const { keepMs, maxEntries, nowMs } = options;
  const kept = new Map<string, Kept<V>>();
  return {
    get(key, ask) {
      const known = kept.get(key);
      if (known !== undefined && nowMs() - known.fromMs < keepMs) return known.answer;
      const answer = ask();
      kept.delete(key);
      kept.set(key, { answer, fromMs: nowMs() });
      const [oldest] = kept.keys();
      if (kept.size > maxEntries && oldest !== undefined) kept.delete(oldest);
      answer.catch(() => {
        if (kept.get(key)?.answer === answer) kept.delete(key);
      });
      return answer;
    },
  };
}
