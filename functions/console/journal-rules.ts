import type { RingRules } from "../../shared/kube/ring.ts";
import type { JournalEntry } from "./contract.ts";

/**
 * What the console keeps: the newest dead letters, and apart from them the newest of the rest, so
 * that a busy day does not hide what went wrong. Both together stay far below the 1 MiB of a ConfigMap.
 */
export const journalRules: RingRules<JournalEntry> = {
  keyOf: ({ key }) => key,
  orderOf: ({ atMs }) => atMs,
  // The same event again: the first time counts.
  merge: (left, right) => {
    if (left.atMs !== right.atMs) return left.atMs < right.atMs ? left : right;
    return JSON.stringify(left) <= JSON.stringify(right) ? left : right;
  },
  groupOf: ({ kind }) => (kind === "dead-letter" ? "dead letters" : "activity"),
  maxEntries: 100,
  maxBytes: 200 * 1024,
};
