type Entry = { value: Promise<unknown>; untilMs: number };

/** More keys than this are a cluster walking by: the oldest is forgotten. */
const MAX_ENTRIES = 500;

/**
 * Answers of the last few seconds by key: alerts come in storms, and neighbours ask the same. Those
 * who ask while it is read wait for the same answer. A failure is not kept.
 */
export type Recent = <T>(key: string, keepMs: number, read: () => Promise<T>) => Promise<T>;

/** `nowMs` is monotonic. */
export function createRecent(nowMs: () => number): Recent {
  const entries = new Map<string, Entry>();
  return <T>(key: string, keepMs: number, read: () => Promise<T>): Promise<T> => {
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
  };
}
