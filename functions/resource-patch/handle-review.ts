import type { Event } from "../../shared/events/contract.ts";
import type { Review } from "../../shared/events/review.ts";
import type { Outcome } from "../../shared/function.ts";
import { rememberedLoad } from "./alert-memory.ts";
import { answerProposal, expiredAnswer, proposalOutcome } from "./close-proposal.ts";
import type { Context } from "./context.ts";
import { isOpen, readIntent } from "./intent.ts";
import { readPermission } from "./permission.ts";
import { readProposal } from "./proposal.ts";
import { settleOpen } from "./settle-open.ts";
import { repeatedOutcome } from "./ending.ts";
import { readPod } from "./situation.ts";

/**
 * Looks at what is open of one resource of a pod or of a workload, and ends what is over: a change,
 * else a proposal.
 */
export async function handleReview(
  event: Event<Review> & { data: Review },
  context: Context,
): Promise<Outcome> {
  if ("workload" in event.data) {
    const { reviewTarget } = await import("./workload/review-target.ts");
    return await reviewTarget(event.data, context, { cause: event.id, heard: null });
  }
  const { namespace, pod: name, podUid, resource } = event.data;
  const pod = await readPod(context.kube, { namespace, name });
  if (pod === null || pod.metadata.uid !== podUid) {
    return { kind: "gone", reason: "the pod has gone" };
  }
  const { annotations } = pod.metadata;
  const intent = readIntent(annotations, resource);
  const repeated = intent && repeatedOutcome(pod, resource, intent, event.id);
  if (repeated) return repeated;
  const proposal = readProposal(annotations, resource);
  if (proposal?.answer?.cause === event.id && proposal.answer.settled) {
    return proposalOutcome(pod, proposal, proposal.answer.settled);
  }
  const { forbidden, paused } = await readPermission(context, pod);
  const reason = forbidden ?? paused;
  if (reason !== null) return { kind: "kept", reason };

  if (intent !== null && isOpen(intent)) {
    const heard = rememberedLoad(annotations, resource, context.policy);
    const ended = await settleOpen(context, pod, resource, intent, { cause: event.id, heard });
    if (ended !== null) return ended;
  }
  const at = new Date(context.now()).toISOString();
  if (
    proposal !== null &&
    proposal.answer === null &&
    Date.parse(proposal.until) <= Date.parse(at)
  ) {
    const answer = expiredAnswer(proposal, { by: "vigie", at, cause: event.id });
    const said = await answerProposal(context.kube, pod, resource, proposal.id, answer);
    if (said?.answer.settled) return proposalOutcome(said.pod, said.proposal, said.answer.settled);
  }
  return { kind: "open", reason: "it is not time yet, or all is settled" };
}
