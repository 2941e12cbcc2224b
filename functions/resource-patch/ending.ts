import { deriveId } from "../../shared/events/contract.ts";
import { ResourcesSettled, type Settlement } from "../../shared/events/resources.ts";
import type { Outcome } from "../../shared/function.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import type { Intent, Settled } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";

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

/** What became of a change after it was settled for the first time. */
export function laterOutcome(
  { metadata: { namespace, name, uid } }: Pod,
  resource: Resource,
  { id, changes }: Pick<Intent, "id" | "changes">,
  { outcome, reason, at, cause = "" }: Settled,
): Outcome {
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
