import { deriveId } from "../../shared/events/contract.ts";
import { TransientError } from "../../shared/errors.ts";
import type { Outcome } from "../../shared/function.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import { KubeError } from "../../shared/kube/error.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import type { Pod } from "./pod-facts.ts";
import {
  type Answer,
  formatProposal,
  type Proposal,
  proposalKey,
  readProposal,
} from "./proposal.ts";
import { endingOutcome } from "./ending.ts";
import { readPod } from "./situation.ts";
import { writePod } from "./write-pod.ts";

const MAX_ATTEMPTS = 8;

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
  let current: Pod | null = pod;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    if (current === null || current.metadata.uid !== pod.metadata.uid) return null;
    const known = readProposal(current.metadata.annotations, resource);
    if (known?.id !== id) return null;
    const isNews = known.answer === null || (known.answer.settled === null && answer.settled);
    if (!isNews) return { pod: current, proposal: known, answer: known.answer ?? answer };
    const proposal = { ...known, answer };
    try {
      const annotations = { [proposalKey(resource)]: formatProposal(proposal) };
      return { pod: await writePod(kube, current, annotations), proposal, answer };
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.httpStatus === 404) return null;
      if (error.httpStatus !== 409) throw error;
      current = await readPod(kube, current.metadata);
    }
  }
  throw new TransientError("POD_BUSY", `the pod was changed by others ${MAX_ATTEMPTS} times`);
}

/** How a proposal ended, as the function's answer. */
export function proposalOutcome(
  { metadata: { namespace, name, uid } }: Pod,
  { id, load, alternative }: Proposal,
  { outcome, reason, at }: NonNullable<Answer["settled"]>,
): Outcome {
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
