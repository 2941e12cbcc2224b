import * as z from "zod/mini";
import { BaseEnv } from "../../shared/config.ts";
import { MachineName } from "../../shared/events/number.ts";

/**
 * Takes `NumberEmitted`, answers `NumberReceived`; takes `NumberReceived` of every machine.
 * `K_SERVICE` is the machine's name; "number-receive" when run alone.
 */
export const Env = z.extend(BaseEnv, {
  K_SERVICE: z._default(MachineName, "number-receive"),
  /** ConfigMap of the client's namespace that holds the history. Absent: memory only. */
  HISTORY_CONFIGMAP: z.optional(z.string().check(z.minLength(1))),
});

/** A machine that has stored a number, and how long after the number's time it had. */
const Acknowledgement = z.object({
  machine: z.string(),
  latencyMs: z.number().check(z.nonnegative()),
});

/** One number in the history of one machine. */
export const HistoryEntry = z.object({
  /** `numberKey` of its event. */
  number: z.string(),
  value: z.int(),
  /** Milliseconds since 1970 of the tick that caused it. */
  sequence: z.int(),
  /** From the number's time until it was stored here; null while only others have it. */
  latencyMs: z.nullable(z.number().check(z.nonnegative())),
  /** Sorted by machine. This machine's own comes back through the broker like all others. */
  acknowledgements: z.array(Acknowledgement),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;
