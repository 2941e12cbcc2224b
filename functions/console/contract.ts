import * as z from "zod/mini";
import { BaseEnv } from "../../shared/config.ts";

/**
 * Takes events of every type on `POST /dead-letters`, as the broker's dead-letter sink, and on
 * `POST /` those that tell what the functions did. Answers none. Who asks is told the journal
 * (`GET /journal`, `/dead-letters`), its decisions (`GET /decisions`, `/decisions/<id>`), and what
 * would be decided (`POST /decide?dryRun`): the journal outlives the process, so these doors hold at
 * zero, too.
 */
export const Env = z.extend(BaseEnv, {
  /** ConfigMap of the client's namespace that holds the journal. Absent: memory only. */
  JOURNAL_CONFIGMAP: z.optional(z.string().check(z.minLength(1))),
  /** The mounted policy, which dry runs decide by. Absent: the default one. */
  POLICY_FILE: z.optional(z.string().check(z.minLength(1))),
});

/** Why a delivery failed, as the broker noted it in the `knativeerror*` attributes. */
const Failure = z.object({
  /** Where it was to go; null when the broker did not say. */
  destination: z.nullable(z.string()),
  /** HTTP status; 500 stands for no answer too. null when the broker did not say. */
  status: z.nullable(z.number()),
  /** The function's own code (`INVALID_DATA`); null when it gave none. */
  code: z.nullable(z.string()),
  /** What it answered; null when it said nothing. */
  message: z.nullable(z.string()),
});
export type Failure = z.infer<typeof Failure>;

/** One event in the journal. */
export const JournalEntry = z.object({
  /** Of the event and, for a dead letter, of where it could not go: 32 hex digits. */
  key: z.string(),
  kind: z.enum(["dead-letter", "decision", "settlement", "classification"]),
  /** Milliseconds since 1970: when it first came in here. */
  atMs: z.number().check(z.int(), z.nonnegative()),
  /** One line for the table. */
  summary: z.string(),
  /** null unless it is a dead letter. */
  failure: z.nullable(Failure),
  /** All attributes of the event but its data; long values are cut. */
  attributes: z.record(z.string(), z.string()),
  /** The event's data as text: JSON where it was JSON. */
  data: z.string(),
  /** Bytes of the data that were cut off the end of `data`; 0 when it is whole. */
  cutBytes: z.number().check(z.int(), z.nonnegative()),
});
export type JournalEntry = z.infer<typeof JournalEntry>;
