import type { DecisionRecord } from "../../shared/events/decided.ts";
import type { Outcome } from "../../shared/function.ts";
import { toDecided } from "./to-decided.ts";

/** Answers a decision: the broker keeps it before anything is written. */
export function decidedOutcome(record: DecisionRecord): Outcome {
  return { kind: record.outcome, reason: record.reason, reply: toDecided(record) };
}
