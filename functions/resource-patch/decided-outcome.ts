import { type DecisionRecord, ResourcesDecided } from "../../shared/events/resources.ts";
import type { Outcome } from "../../shared/function.ts";

/** Answers a decision: the broker keeps it before anything is written. */
export function decidedOutcome(record: DecisionRecord): Outcome {
  const { id, at, chosen, outcome, reason, inputs } = record;
  const { namespace, name } = inputs.pod;
  return {
    kind: outcome,
    reason,
    reply: ResourcesDecided.create({
      id,
      subject: `${namespace}/${name}`,
      time: at,
      extensions: {
        action: chosen,
        outcome,
        sla: inputs.slaClass,
        partitionkey: `${namespace}/${name}`,
      },
      data: record,
    }),
  };
}
