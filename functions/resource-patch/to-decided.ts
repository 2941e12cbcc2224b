import type { Event } from "../../shared/events/contract.ts";
import { type DecisionRecord, ResourcesDecided } from "../../shared/events/decided.ts";

/** The event that tells a decision; one pod's in the order they were made. */
export function toDecided(record: DecisionRecord): Event<DecisionRecord> {
  const { id, at, chosen, outcome, inputs } = record;
  const subject = `${inputs.pod.namespace}/${inputs.pod.name}`;
  return ResourcesDecided.create({
    id,
    subject,
    time: at,
    extensions: { action: chosen, outcome, sla: inputs.slaClass, partitionkey: subject },
    data: record,
  });
}
