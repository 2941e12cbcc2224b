import type { RingRules } from "../../shared/kube/ring.ts";
import type { HistoryEntry } from "./contract.ts";

/** More machines than a demonstration has; beyond it the first by name are kept. */
const MAX_MACHINES = 32;

/** What a machine keeps of the numbers: at one every ten seconds, the last hour and a half. */
export const historyRules: RingRules<HistoryEntry> = {
  keyOf: ({ number }) => number,
  orderOf: ({ sequence }) => sequence,
  merge: mergeEntries,
  maxEntries: 500,
  // A ConfigMap holds 1 MiB in all; 500 entries with two machines are about 100 KiB.
  maxBytes: 400 * 1024,
};

/**
 * One entry from two accounts of the same number. The first storing counts, so the smaller latency.
 * Accounts that contradict each other (a forged event) end the same way round: the smaller wins.
 */
function mergeEntries(left: HistoryEntry, right: HistoryEntry): HistoryEntry {
  const latencies = new Map<string, number>();
  for (const { machine, latencyMs } of [...left.acknowledgements, ...right.acknowledgements]) {
    latencies.set(machine, Math.min(latencyMs, latencies.get(machine) ?? Infinity));
  }
  return {
    number: left.number,
    value: Math.min(left.value, right.value),
    sequence: Math.min(left.sequence, right.sequence),
    latencyMs: minOrNull(left.latencyMs, right.latencyMs),
    acknowledgements: [...latencies]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, MAX_MACHINES)
      .map(([machine, latencyMs]) => ({ machine, latencyMs })),
  };
}

function minOrNull(left: number | null, right: number | null): number | null {
  if (left === null) return right;
  return right === null ? left : Math.min(left, right);
}
