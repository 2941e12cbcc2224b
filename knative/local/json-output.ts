import type { Output } from "./output.ts";

/** One JSON object per line; times as RFC 3339, JSON itself keeps control characters out. */
export function createJsonOutput(write: (text: string) => void): Output {
  const line = (kind: string, fields: object) => {
    write(`${JSON.stringify({ kind, time: new Date(), ...fields })}\n`);
  };
  return {
    ready: (doors, tookMs) => line("ready", { doors, tookMs: Math.round(tookMs) }),
    delivery: (delivery) => line("delivery", delivery),
    refused: (refusal) => line("refused", refusal),
    unmatched: (unmatched) => line("unmatched", unmatched),
    service: (event) => line("service", event),
    note: (message) => line("note", { message }),
  };
}
