import { deriveId } from "../../shared/events/contract.ts";
import type { Outcome } from "../../shared/function.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { changePod } from "./change-pod.ts";
import type { Pod } from "./pod-facts.ts";
import {
  type Answer,
  formatProposal,
  type Proposal,
  proposalKey,
  readProposal,
} from "./proposal.ts";
import { endingOutcome } from "./ending.ts";
import { settledOutcome } from "./settled-outcome.ts";
import { writePod } from "./write-pod.ts";

/**
 * Writes what was said to a proposal, or how that ended, whatever else happens to the pod meanwhile.
 * The first answer stands, and so does the first ending.
 * @returns what stands then; null when the pod has gone, or the proposal was replaced.
 */
export async function answerProposal(
  kube: KubeClient,
  pod: Pod,
  resource: Resource,
  id: string,
  answer: Answer,
): Promise<{ pod: Pod; proposal: Proposal; answer: Answer } | null> {
  return await changePod(kube, pod, async (current) => {
    const known = readProposal(current.metadata.annotations, resource);
    if (known?.id !== id) return null;
    const isNews = known.answer === null || (known.answer.settled === null && answer.settled);
    if (!isNews) return { pod: current, proposal: known, answer: known.answer ?? answer };
    const proposal = { ...known, answer };
    const annotations = { [proposalKey(resource)]: formatProposal(proposal) };
    return { pod: await writePod(kube, current, annotations), proposal, answer };
  });
}

/** How a proposal ended, as the function's answer. */
export function proposalOutcome(
  { metadata: { namespace, name, uid } }: Pod,
  { id, load, alternative }: Proposal,
  { outcome, reason, at, slaClass, hasReplicas }: NonNullable<Answer["settled"]>,
): Outcome {
  const { action, target, changes, replicas, volume } = alternative;
  if (hasReplicas !== undefined && action !== "keep") {
    const what = { action, target, changes, replicas, volume };
    const change = { ...what, decisionId: id, pod: { namespace, name, uid }, load, tried: [] };
    return settledOutcome({ ...change, slaClass, hasReplicas }, { outcome, reason, at });
  }
  return endingOutcome(deriveId("settled", id), {
    decisionId: id,
    namespace,
    pod: name,
    podUid: uid,
    resource: load.resource,
    outcome,
    reason,
    at,
    changes: alternative.changes,
  });
}

/** Its time is over: nobody has said yes. */
export function expiredAnswer(
  { until }: Proposal,
  told: Pick<Answer, "by" | "at" | "cause">,
): Answer {
  const reason = `nobody said yes before ${until}`;
  return { ...told, kind: "expired", settled: { outcome: "expired", reason, at: told.at } };
}
