import type { HistoryEntry } from "./contract.ts";

/** What `GET /numbers` answers and the page shows. */
export type NumbersView = {
  machine: string;
  /** Whether the history outlives the process. */
  isDurable: boolean;
  /** This machine and every other that has acknowledged one of these numbers; sorted. */
  machines: readonly string[];
  /** How long after its time a number without an acknowledgement counts as missing. */
  missingAfterMs: number;
  /** Newest first. */
  numbers: readonly NumberView[];
};

type NumberView = {
  number: string;
  value: number;
  /** RFC 3339, of the tick that caused it. */
  time: string;
  /** null while this machine has not got it. */
  latencyMs: number | null;
  acknowledgements: readonly { machine: string; latencyMs: number }[];
  /** Machines that should have acknowledged it by now and have not: what is lost, or late. */
  missing: readonly string[];
};

/** A cold start takes a second or two, the broker's first retries a few more. */
const MISSING_AFTER_MS = 30_000;

/**
 * The history as its readers want it. A machine is held to the numbers since the first it has
 * acknowledged: one that was added today has not lost those of yesterday.
 */
export function viewNumbers(
  history: { machine: string; isDurable: boolean; entries: readonly HistoryEntry[] },
  nowMs: number,
): NumbersView {
  const sinceMs = firstSequences(history.entries);
  const machines = [...new Set([history.machine, ...sinceMs.keys()])].toSorted();
  return {
    machine: history.machine,
    isDurable: history.isDurable,
    machines,
    missingAfterMs: MISSING_AFTER_MS,
    numbers: history.entries.map(({ sequence, number, value, latencyMs, acknowledgements }) => {
      const has = new Set(acknowledgements.map(({ machine }) => machine));
      // What is stored here is not lost, though the broker has not brought our own word back.
      if (latencyMs !== null) has.add(history.machine);
      const isDue = sequence + MISSING_AFTER_MS <= nowMs;
      return {
        number,
        value,
        time: new Date(sequence).toISOString(),
        latencyMs,
        acknowledgements,
        missing: machines.filter(
          (machine) => isDue && !has.has(machine) && sequence >= (sinceMs.get(machine) ?? 0),
        ),
      };
    }),
  };
}

function firstSequences(entries: readonly HistoryEntry[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const { sequence, acknowledgements } of entries) {
    for (const { machine } of acknowledgements) {
      first.set(machine, Math.min(sequence, first.get(machine) ?? Infinity));
    }
  }
  return first;
}
