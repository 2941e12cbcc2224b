import { deriveId } from "../../shared/events/contract.ts";
import { type ContainerChange } from "../../shared/events/change.ts";
import { type DecisionRecord } from "../../shared/events/decided.ts";
import { ResourcesSettled, type Settlement } from "../../shared/events/settled.ts";
import type { Outcome } from "../../shared/function.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { changeOfIntent } from "./change.ts";
import type { Intent, Settled } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";
import { settledOutcome } from "./settled-outcome.ts";

/** What becomes of a decision that nothing follows, in words for the event. */
export function settlementOf(
  { id, inputs }: DecisionRecord,
  changes: readonly ContainerChange[],
  { outcome, reason, at }: Settled,
): Settlement {
  const { namespace, name, uid } = inputs.pod;
  return {
    decisionId: id,
    namespace,
    pod: name,
    podUid: uid,
    resource: inputs.load.resource,
    outcome,
    reason,
    at,
    changes: [...changes],
  };
}

/** How something ended, as the function's answer. */
export function endingOutcome(id: string, settlement: Settlement): Outcome {
  const { namespace, pod, outcome, reason, at } = settlement;
  return {
    kind: outcome,
    reason,
    reply: ResourcesSettled.create({
      id,
      subject: `${namespace}/${pod}`,
      time: at,
      extensions: { outcome, partitionkey: `${namespace}/${pod}` },
      data: settlement,
    }),
  };
}

/** What became of a change after it was settled for the first time, and what is to follow it. */
export function laterOutcome(
  { metadata: { namespace, name, uid } }: Pod,
  resource: Resource,
  intent: Intent,
  settled: Settled,
): Outcome {
  const { id, changes } = intent;
  const { outcome, reason, at, cause = "" } = settled;
  const change = changeOfIntent(intent, { apiVersion: "v1", kind: "Pod", namespace, name });
  if (change !== null) return settledOutcome(change, settled, [outcome, cause]);
  return endingOutcome(deriveId("settled", id, outcome, cause), {
    decisionId: id,
    namespace,
    pod: name,
    podUid: uid,
    resource,
    outcome,
    reason,
    at,
    changes: [...changes],
  });
}

/** The same answer again when the event that ended something is delivered again; else null. */
export function repeatedOutcome(
  pod: Pod,
  resource: Resource,
  intent: Intent,
  cause: string,
): Outcome | null {
  const settled = [intent.closed, intent.settled].find((one) => one?.cause === cause);
  return settled ? laterOutcome(pod, resource, intent, settled) : null;
}
