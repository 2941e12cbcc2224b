/** Answers that may be a moment old, shared by all who ask the same meanwhile. */
export type Recent = {
  /** What `key` stands for, read at most once at a time and once per `keepMs`. A fault is not kept. */
  read<T>(key: string, read: () => Promise<T>): Promise<T>;
};

/**
 * Alerts of a storm ask for the same few workloads and namespaces; one alert asks twice, for its
 * decision and for carrying it out. A second is what the answer of any read may be old by the time
 * it is acted on.
 */
const KEEP_MS = 1_000;
/** A few hundred bytes each. */
const MAX_ENTRIES = 1_000;

/** One key must always be read as the same type. */
export function createRecent(now: () => number = () => performance.now()): Recent {
  const kept = new Map<string, { value: Promise<unknown>; readMs: number }>();
  return {
    read<T>(key: string, read: () => Promise<T>): Promise<T> {
      const known = kept.get(key);
      if (known !== undefined && now() - known.readMs < KEEP_MS) return known.value as Promise<T>;
      const entry = { value: read(), readMs: now() };
      entry.value.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      kept.delete(key);
      kept.set(key, entry);
      for (const oldest of kept.keys()) {
        if (kept.size <= MAX_ENTRIES) break;
        kept.delete(oldest);
      }
      return entry.value;
    },
  };
}
