import * as z from "zod/mini";
import { deriveId, defineEvent } from "./contract.ts";

const value = z.int().check(z.minimum(0), z.maximum(999));
/** Milliseconds since 1970 of the tick that caused the number: rises with time, has no fixed step. */
const sequence = z.int().check(z.nonnegative());

/** Name of the machine's Knative Service: a DNS label. */
export const MachineName = z.string().check(z.regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/));

export const NumberEmitted = defineEvent({
  type: "dev.vigie.number.emitted.v1",
  source: "/vigie/number-emit",
  description: "A number was drawn; every machine gets it.",
  data: z.object({ value, sequence }),
});

export const NumberReceived = defineEvent({
  type: "dev.vigie.number.received.v1",
  source: "/vigie/number-receive",
  description: "A machine has stored a number: the acknowledgement that shows loss and latency.",
  extensions: ["machine"],
  data: z.lazy(() =>
    z.object({
      /** Which number: `numberKey` of its event, for ids of events are unique to their source only. */
      number: z.string().check(z.regex(/^[0-9a-f]{32}$/)),
      value,
      sequence,
      machine: MachineName,
      /** From the number's `time` to the moment it was stored here; clocks of two nodes may differ. */
      latencyMs: z.number().check(z.nonnegative()),
    }),
  ),
});

/** Names a number across machines: the same for every delivery of its event. 32 hex digits. */
export function numberKey(event: { source: string; id: string }): string {
  return deriveId("number", event.source, event.id);
}
