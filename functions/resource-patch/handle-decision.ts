import { TransientError } from "../../shared/errors.ts";
import type { Event } from "../../shared/events/contract.ts";
import type { DecisionRecord } from "../../shared/events/decided.ts";
import type { Outcome } from "../../shared/function.ts";
import { KubeError } from "../../shared/kube/error.ts";
import { carryOut } from "./carry-out.ts";
import { aboutOf, type Change, changeOf } from "./change.ts";
import type { Context } from "./context.ts";
import { chosenAlternative } from "./decide.ts";
import { classOf, enterBudget, hasChanged, readAgain } from "./decide-again.ts";
import { type Intent, readIntent, type Settled } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";
import { droppedOutcome, SEEN_TO, settledOutcome } from "./settled-outcome.ts";
import { keepProposal } from "./keep-proposal.ts";
import { hasShares } from "./shares.ts";
import type { Seen } from "./situation.ts";
import { writeIntent } from "./stamp.ts";
import { standingOf, withChanges } from "./standing.ts";
import { watchOf } from "./watch.ts";

/** The kubelet and others write the pod, too; more conflicts than this are a fight, for later. */
const MAX_ATTEMPTS = 5;

/** Carries out a decision that the broker brings back, or keeps it until somebody says yes. */
export async function handleDecision(
  event: Event<DecisionRecord> & { data: DecisionRecord },
  context: Context,
): Promise<Outcome> {
  const record = event.data;
  if (record.outcome === "propose") return await keepProposal(record, context);
  if (record.outcome !== "act") return { kind: "noted", reason: record.reason };
  if (record.inputs.zone !== undefined) {
    const { handleZoneDecision } = await import("./zones/handle-zone-decision.ts");
    return await handleZoneDecision(record, context);
  }
  return await enact(record, context);
}

/**
 * Carries out a decision, if the live pod still leads to the same one: an event is no proof, anyone
 * may post it. Coming again, it goes on where the first stopped and gives the same answer.
 * `record.outcome` is `propose` when somebody has said yes.
 */
export async function enact(record: DecisionRecord, context: Context): Promise<Outcome> {
  const change = changeOf(record);
  if (change === null) return { kind: "noted", reason: "the record does not say what to do" };
  if (change.action === "resize") return await resizePod(record, change, context);
  // What most decisions do not need is loaded when it is.
  const { changeTarget } = await import("./workload/change-target.ts");
  return await changeTarget(record, change, context);
}

async function resizePod(
  record: DecisionRecord,
  change: Change,
  context: Context,
): Promise<Outcome> {
  const canResize = context.canResize();
  // Awaited further down; a fault of it must have a listener from now on.
  canResize.catch(() => {});
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const seen = await readAgain(record, context);
    if (seen === null) return droppedOutcome(change, "the pod has gone", context);
    const next = nextStep(seen, record, change, context);
    if (typeof next === "string") return droppedOutcome(change, next, context);
    const ours = { ...change, changes: next.intent.changes };
    if (next.intent.settled !== null) return answer(ours, next.intent.settled);
    // Nobody had come back in time: a review has ended it, and it is not to begin anew.
    if ((next.intent.closed ?? next.intent.takingBack) !== undefined) return SEEN_TO;
    if (!(await canResize)) {
      return droppedOutcome(change, "the API server cannot resize pods in place", context);
    }
    if (next.isNew) {
      const refusal = await enterBudget(seen, record.id, context);
      if (refusal !== null) return droppedOutcome(change, refusal, context);
    }
    const { resource } = change.load;
    const stamped = next.isNew ? await stamp(context, seen.pod, resource, next.intent) : seen.pod;
    if (stamped === null) continue;
    const settled = await carryOut(context, stamped, ours, next.intent, seen.workload);
    return answer(ours, settled);
  }
  throw new TransientError("POD_BUSY", `the pod was changed by others ${MAX_ATTEMPTS} times`);
}

function answer(change: Change, settled: Settled): Outcome {
  return settled.cause === undefined ? settledOutcome(change, settled) : SEEN_TO;
}

/** The intent to carry out, new or found on the pod; or why there is nothing to do. */
function nextStep(
  seen: Seen,
  record: DecisionRecord,
  change: Change,
  context: Context,
): { intent: Intent; isNew: boolean } | string {
  const { pod, situation } = seen;
  const { resource, observedAt } = change.load;
  const found = readIntent(pod.metadata.annotations, resource);
  const isFound = found?.id === record.id;
  const isEnded = [found?.settled, found?.closed, found?.takingBack].some((one) => Boolean(one));
  if (isFound && isEnded) return { intent: found, isNew: false };
  // Asked for already: what is left is the kubelet's word.
  if (isFound && hasShares(pod.spec, resource, found.changes, "after")) {
    return { intent: found, isNew: false };
  }
  const changed = hasChanged(seen, record, change, context);
  if (changed !== null) return changed;
  if (isFound) return { intent: found, isNew: false };
  const { changes } = change;
  const best = chosenAlternative(record);
  const intent: Intent = {
    id: record.id,
    at: situation.now,
    observedAt,
    changes,
    settled: null,
    standing: withChanges(standingOf(found, resource), changes, resource),
    about: aboutOf(change, seen.workload),
    ...(best === null
      ? {}
      : { watch: watchOf(pod, best, situation.load, classOf(situation, context)) }),
  };
  return { intent, isNew: true };
}

/** @returns null when the pod has changed since it was read: look again. */
async function stamp(
  { kube }: Context,
  pod: Pod,
  resource: Change["load"]["resource"],
  intent: Intent,
): Promise<Pod | null> {
  try {
    return await writeIntent(kube, pod, resource, intent);
  } catch (error) {
    // 422: another pod of the same name has another uid, and a uid cannot be patched.
    if (error instanceof KubeError && [404, 409, 422].includes(error.httpStatus)) return null;
    throw error;
  }
}
