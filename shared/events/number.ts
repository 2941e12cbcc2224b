import { z } from "zod";
import { defineEvent } from "./contract.ts";

const value = z.int().min(0).max(999);
/** Milliseconds since 1970 of the tick that caused the number: rises with time, has no fixed step. */
const sequence = z.int().nonnegative();

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
  data: z.object({
    value,
    sequence,
    machine: z.string().min(1),
    /** From the number's `time` to the moment it was stored here; clocks of two nodes may differ. */
    latencyMs: z.number().nonnegative(),
  }),
});
