import { entryText } from "./entry-text.ts";

/** What a journal keeps, and how two accounts of the same entry become one. */
export type RingRules<E> = {
  /** Names the entry: two entries of one key are two accounts of the same thing. */
  keyOf(entry: E): string;
  /** Newer is larger. Ties are broken by the key. */
  orderOf(entry: E): number;
  /** Must be commutative, associative and idempotent: events come twice and out of order. */
  merge(left: E, right: E): E;
  /**
   * The bounds below are those of one group, so that a flood of one kind does not wash away another.
   * Absent: all are one group. A group must not change when entries merge.
   */
  groupOf?(entry: E): string;
  maxEntries: number;
  /** As JSON text in UTF-8. */
  maxBytes: number;
};

/**
 * The newest entries of both lists, one per key, newest first, within both bounds.
 * The bounds cut the oldest end only, and what was cut does not come back: any order and any
 * repetition of the same entries ends in the same list. At the bound of bytes this holds for entries
 * that do not get shorter by merging; others may differ there in how far back they reach.
 */
export function mergeRing<E>(
  rules: RingRules<E>,
  left: readonly E[],
  right: readonly E[],
): readonly E[] {
  const byKey = new Map<string, E>();
  for (const entry of [...left, ...right]) {
    const key = rules.keyOf(entry);
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? entry : rules.merge(known, entry));
  }
  const ordered = [...byKey].toSorted(
    ([leftKey, a], [rightKey, b]) =>
      rules.orderOf(b) - rules.orderOf(a) || (leftKey < rightKey ? 1 : -1),
  );
  const used = new Map<string, { entries: number; bytes: number }>();
  return ordered
    .map(([, entry]) => entry)
    .filter((entry) => {
      const group = rules.groupOf?.(entry) ?? "";
      const { entries, bytes } = used.get(group) ?? { entries: 0, bytes: 0 };
      const sum = {
        entries: entries + 1,
        // The comma and the brackets around it count too.
        bytes: bytes + Buffer.byteLength(entryText(entry)) + 2,
      };
      // Counted even when it is left out: what is older must not slip in behind it.
      used.set(group, sum);
      return sum.entries <= rules.maxEntries && sum.bytes <= rules.maxBytes;
    });
}
