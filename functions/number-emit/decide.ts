import { PermanentError } from "../../shared/errors.ts";
import { deriveId, type Event } from "../../shared/events/contract.ts";
import { NumberEmitted } from "../../shared/events/number.ts";

/** What a tick of the clock tells. */
export type Tick = {
  id: string;
  source: string;
  /** RFC 3339. */
  time: string;
  /** The same instant in milliseconds since 1970. */
  atMs: number;
};

export type Decision = { kind: "emitted"; reason: string; reply: Event };

/**
 * Draws the number of a tick. The same tick, delivered again, draws the same number.
 * @throws PermanentError when the tick lies before 1970 or is no instant at all.
 */
export function decide(tick: Tick): Decision {
  if (!Number.isSafeInteger(tick.atMs) || tick.atMs < 0) {
    throw new PermanentError("INVALID_TIME", "the time of the ping is no instant since 1970");
  }
  const value = drawValue(tick);
  return {
    kind: "emitted",
    reason: `number ${value} drawn from the tick`,
    reply: NumberEmitted.create({
      id: deriveId("number.emitted", tick.source, tick.id),
      time: tick.time,
      data: { value, sequence: tick.atMs },
    }),
  };
}

/** 0 to 999, as in the original work. 48 bits of hash over 1000 values: the bias is below 4e-12. */
function drawValue({ source, id }: Tick): number {
  return Number.parseInt(deriveId("number.value", source, id).slice(0, 12), 16) % 1000;
}
