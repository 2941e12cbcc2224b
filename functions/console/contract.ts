import { z } from "zod";
import { BaseEnv } from "../../shared/config.ts";

/**
 * Takes events of every type: as the broker's dead-letter sink, and of those that tell what the
 * functions did. Answers none.
 */
export const Env = BaseEnv.extend({
  /** ConfigMap of the client's namespace that holds the journal. Absent: memory only. */
  JOURNAL_CONFIGMAP: z.string().min(1).optional(),
});

/** Why a delivery failed, as the broker noted it in the `knativeerror*` attributes. */
const Failure = z.object({
  /** Where it was to go; null when the broker did not say. */
  destination: z.string().nullable(),
  /** HTTP status; 500 stands for no answer too. null when the broker did not say. */
  status: z.number().nullable(),
  /** The function's own code (`INVALID_DATA`); null when it gave none. */
  code: z.string().nullable(),
  /** What it answered; null when it said nothing. */
  message: z.string().nullable(),
});
export type Failure = z.infer<typeof Failure>;

/** One event in the journal. */
export const JournalEntry = z.object({
  /** Of the event and, for a dead letter, of where it could not go: 32 hex digits. */
  key: z.string(),
  kind: z.enum(["dead-letter", "decision", "settlement", "classification"]),
  /** Milliseconds since 1970: when it first came in here. */
  atMs: z.number().int().nonnegative(),
  /** One line for the table. */
  summary: z.string(),
  /** null unless it is a dead letter. */
  failure: Failure.nullable(),
  /** All attributes of the event but its data; long values are cut. */
  attributes: z.record(z.string(), z.string()),
  /** The event's data as text: JSON where it was JSON. */
  data: z.string(),
  /** Bytes of the data that were cut off the end of `data`; 0 when it is whole. */
  cutBytes: z.number().int().nonnegative(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;
