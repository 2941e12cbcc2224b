import type { Outcome } from "../../../shared/function.ts";
import type { Change } from "../change.ts";
import type { Intent, Settled } from "../intent.ts";
import { settledOutcome } from "../settled-outcome.ts";

/** What became of a change after it was settled for the first time. */
export function laterOutcomeOf(change: Change, settled: Settled): Outcome {
  return settledOutcome(change, settled, [settled.outcome, settled.cause ?? ""]);
}

/** The same answer again when the event that ended something is delivered again; else null. */
export function repeatedOutcomeOf(change: Change, intent: Intent, cause: string): Outcome | null {
  const settled = [intent.closed, intent.settled].find((one) => one?.cause === cause);
  return settled ? laterOutcomeOf({ ...change, changes: intent.changes }, settled) : null;
}
