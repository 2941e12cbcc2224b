import { deriveId } from "../../../shared/events/contract.ts";
import { type DecisionRecord, ResourcesDecided } from "../../../shared/events/decided.ts";
import { type Settlement } from "../../../shared/events/settled.ts";
import type { Lab } from "./lab.ts";
import type { Row } from "./row.ts";

/** A record that says to do what was forbidden, as whoever can reach the broker could post it. */
function forged(record: DecisionRecord, action: Row["action"]): DecisionRecord {
  const more = record.inputs.pod.containers.map(({ name, kind, share }) => ({
    container: name,
    kind,
    before: share,
    after: { request: "150m", limit: "300m" },
  }));
  return {
    ...record,
    id: deriveId("forged", record.id),
    chosen: action,
    outcome: "act",
    alternatives: record.alternatives.map((each) =>
      each.action === action
        ? {
            ...each,
            guards: [],
            changes: action === "resize" && each.changes.length === 0 ? more : each.changes,
          }
        : each,
    ),
  };
}

/** Posts it as if it came from the function itself. How it ended. */
export async function forge(
  lab: Lab,
  record: DecisionRecord,
  action: Row["action"],
): Promise<Settlement["outcome"]> {
  const data = forged(record, action);
  const sla = data.inputs.slaClass;
  await lab.post(ResourcesDecided.type, data.id, data, { action, outcome: "act", sla });
  return (await lab.settled(data.id)).outcome;
}
