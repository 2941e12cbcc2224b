/** An event that waits, as it is on disk. */
export type Place = { seq: number; dueAt: number };

/** The events of one trigger that are not done, by key: only the oldest of a key may run. */
export type KeyOrder = {
  /** After all that have come before. */
  add(key: string, place: Place): void;
  /** Whether an older one of its key is not done. */
  waits(seq: number): boolean;
  /** It is done, or never was. The one whose turn it is now; null when that has not changed. */
  remove(key: string, seq: number): Place | null;
};

export function createKeyOrder(): KeyOrder {
  /** Maps keep the order in which they were filled. */
  const byKey = new Map<string, Map<number, Place>>();
  const waiting = new Set<number>();
  return {
    add(key, place) {
      const places = byKey.get(key) ?? new Map<number, Place>();
      if (places.size > 0) waiting.add(place.seq);
      byKey.set(key, places.set(place.seq, place));
    },
    waits: (seq) => waiting.has(seq),
    remove(key, seq) {
      const places = byKey.get(key);
      if (places === undefined || !places.delete(seq)) return null;
      if (waiting.delete(seq)) return null;
      const [next] = places.values();
      if (next === undefined) byKey.delete(key);
      else waiting.delete(next.seq);
      return next ?? null;
    },
  };
}
