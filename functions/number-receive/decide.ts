import { PermanentError } from "../../shared/errors.ts";
import { deriveId, type Event } from "../../shared/events/contract.ts";
import { NumberReceived } from "../../shared/events/number.ts";
import type { HistoryEntry } from "./contract.ts";

/** One day: clocks of nodes differ by seconds; a number from next year would stay on top for a year. */
const MAX_AHEAD_MS = 86_400_000;

/** What is to be written down when a number comes in. `nowMs`: milliseconds since 1970. */
export function entryOfNumber(
  number: { number: string; value: number; sequence: number; atMs: number },
  nowMs: number,
): HistoryEntry {
  refuseFuture(number.sequence, nowMs);
  return {
    number: number.number,
    value: number.value,
    sequence: number.sequence,
    latencyMs: Math.max(0, nowMs - number.atMs),
    acknowledgements: [],
  };
}

/** What is to be written down when a machine says that it has stored a number. */
export function entryOfAcknowledgement(
  received: { number: string; value: number; sequence: number; machine: string; latencyMs: number },
  nowMs: number,
): HistoryEntry {
  refuseFuture(received.sequence, nowMs);
  return {
    number: received.number,
    value: received.value,
    sequence: received.sequence,
    latencyMs: null,
    acknowledgements: [{ machine: received.machine, latencyMs: received.latencyMs }],
  };
}

export type Decision = { kind: "stored" | "outdated"; reason: string; reply?: Event };

/**
 * Acknowledges what was stored. `stored` is the entry as the history has it, so that a redelivery
 * makes the same acknowledgement; null means that the number was too old to be kept.
 */
export function acknowledge(stored: HistoryEntry | null, machine: string, time: string): Decision {
  if (stored === null || stored.latencyMs === null) {
    return { kind: "outdated", reason: "older than every number that is kept: not acknowledged" };
  }
  const { number, value, sequence, latencyMs } = stored;
  return {
    kind: "stored",
    reason: `number ${value} is in the history of ${machine}`,
    reply: NumberReceived.create({
      id: deriveId("number.received", number, machine),
      subject: machine,
      time,
      extensions: { machine },
      data: { number, value, sequence, machine, latencyMs },
    }),
  };
}

/** @throws PermanentError when the tick lies more than a day ahead. */
function refuseFuture(sequence: number, nowMs: number): void {
  if (sequence > nowMs + MAX_AHEAD_MS) {
    throw new PermanentError("SEQUENCE_IN_FUTURE", "the number's sequence lies over a day ahead");
  }
}
