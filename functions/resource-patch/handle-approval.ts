import { PermanentError } from "../../shared/errors.ts";
import type { Event } from "../../shared/events/contract.ts";
import type { Approval } from "../../shared/events/order.ts";
import { type DecisionRecord } from "../../shared/events/decided.ts";
import { Settlement } from "../../shared/events/settled.ts";
import type { Outcome } from "../../shared/function.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import { Resource } from "../../shared/policy-words.ts";
import { safeParse } from "../../shared/parse.ts";
import { answerProposal, expiredAnswer, proposalOutcome } from "./close-proposal.ts";
import type { Context } from "./context.ts";
import { enact } from "./handle-decision.ts";
import { readPermission } from "./permission.ts";
import type { Pod } from "./pod-facts.ts";
import { type Answer, type Proposal, readProposal } from "./proposal.ts";
import { readPod, readSituation } from "./situation.ts";

/**
 * Carries out a proposal that somebody said yes to, after every guard was asked again of the live
 * pod; or ends it, after a no or when its time was over. The first answer stands, and the same again
 * gives the same.
 * @throws PermanentError POD_NOT_FOUND, NO_PROPOSAL, NOT_ALLOWED, PAUSED: seen among the dead letters.
 */
export async function handleApproval(
  event: Event<Approval> & { data: Approval },
  kind: "given" | "denied",
  context: Context,
): Promise<Outcome> {
  const { namespace, pod: name, decisionId, by, note } = event.data;
  const pod = await readPod(context.kube, { namespace, name });
  if (pod === null) {
    throw new PermanentError("POD_NOT_FOUND", `no pod ${namespace}/${name} exists`);
  }
  const proposal = findProposal(pod, decisionId);
  if (proposal.answer?.settled) return proposalOutcome(pod, proposal, proposal.answer.settled);
  const { forbidden, paused } = await readPermission(context, pod);
  if (forbidden !== null) throw new PermanentError("NOT_ALLOWED", forbidden);
  if (paused !== null) throw new PermanentError("PAUSED", paused);

  const at = new Date(context.now()).toISOString();
  const cause = event.id;
  const { resource } = proposal.load;
  const isLate = Date.parse(at) > Date.parse(proposal.until);
  const why = note === undefined ? "" : `: ${note}`;
  const wanted: Answer = isLate
    ? expiredAnswer(proposal, { by, at, cause })
    : {
        kind,
        by,
        at,
        cause,
        settled: kind === "given" ? null : { outcome: "denied", reason: `${by} said no${why}`, at },
      };
  const said = await answerProposal(context.kube, pod, resource, decisionId, wanted);
  if (said === null) return { kind: "gone", reason: "the pod has gone, or a newer proposal came" };
  if (said.answer.settled) return proposalOutcome(said.pod, said.proposal, said.answer.settled);
  return await carryOutProposal(context, said.pod, said.proposal, said.answer);
}

async function carryOutProposal(
  context: Context,
  pod: Pod,
  proposal: Proposal,
  answer: Answer,
): Promise<Outcome> {
  const record = await toRecord(context, pod, proposal);
  if (record === null) return { kind: "gone", reason: "the pod has gone" };
  const outcome = await enact(record, context);
  const settlement = safeParse(Settlement, outcome.reply?.data);
  if (!settlement.success) return outcome;
  const { outcome: word, reason, at, slaClass, hasReplicas } = settlement.data;
  const settled = { outcome: word, reason, at, slaClass, hasReplicas };
  const { resource } = proposal.load;
  await answerProposal(context.kube, pod, resource, proposal.id, { ...answer, settled });
  return outcome;
}

/** The decision as it was proposed, about the pod as it is. */
async function toRecord(
  context: Context,
  { metadata }: Pod,
  { id, load, usage, alternative }: Proposal,
): Promise<DecisionRecord | null> {
  const now = new Date(context.now()).toISOString();
  const seen = await readSituation(context, { decisionId: id, now, pod: metadata, load, usage });
  if (seen === null) return null;
  const { situation } = seen;
  return {
    id,
    at: now,
    inputs: situation,
    policy: rulesFor(context.policy, situation.slaClass),
    alternatives: [alternative],
    chosen: alternative.action,
    outcome: "propose",
    reason: "somebody said yes",
  };
}

function findProposal({ metadata }: Pod, id: string): Proposal {
  const found = Resource.options.map((resource) => readProposal(metadata.annotations, resource));
  const proposal = found.find((one) => one?.id === id);
  if (proposal) return proposal;
  const waiting = found.flatMap((one) => (one !== null && one.answer === null ? [one.id] : []));
  const others = waiting.length === 0 ? "none waits there" : `${waiting.join(", ")} waits there`;
  throw new PermanentError(
    "NO_PROPOSAL",
    `pod ${metadata.namespace}/${metadata.name} has no proposal ${id}: ${others}`,
  );
}
