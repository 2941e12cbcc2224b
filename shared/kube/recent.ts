/** Answers that may be a moment old, shared by all who ask the same meanwhile. */
export type Recent = {
  /**
   * What `key` stands for, read at most once at a time and once per `keepMs` from its answer on. A
   * fault is not kept. One key must always be read as the same type.
   */
  read<T>(key: string, read: () => Promise<T>, keepMs?: number): Promise<T>;
};

/**
 * Alerts of a storm ask for the same few workloads and namespaces; one alert asks twice, for its
 * decision and for carrying it out. A second is what the answer of any read may be old by the time
 * it is acted on.
 */
const KEEP_MS = 1_000;
/** A few hundred bytes each. More keys than this are a cluster walking by: the oldest is forgotten. */
const MAX_ENTRIES = 1_000;

type Entry = { value: Promise<unknown>; untilMs: number };

/** `nowMs` is monotonic. */
export function createRecent(nowMs: () => number = () => performance.now()): Recent {
  const entries = new Map<string, Entry>();
  return {
    read<T>(key: string, read: () => Promise<T>, keepMs: number = KEEP_MS): Promise<T> {
      const known = entries.get(key);
      if (known !== undefined && nowMs() < known.untilMs) return known.value as Promise<T>;
      const value = read();
      // Its time begins with the answer; until then it is shared however long it takes.
      const entry: Entry = { value, untilMs: Number.POSITIVE_INFINITY };
      entries.delete(key);
      entries.set(key, entry);
      const [oldest] = entries.keys();
      if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
      value.then(
        () => (entry.untilMs = nowMs() + keepMs),
        () => {
          if (entries.get(key) === entry) entries.delete(key);
        },
      );
      return value;
    },
  };
}
