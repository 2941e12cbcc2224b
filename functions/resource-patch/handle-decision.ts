import { isDeepStrictEqual } from "node:util";
import { TransientError } from "../../shared/errors.ts";
import { deriveId, type Event } from "../../shared/events/contract.ts";
import {
  type ContainerChange,
  type DecisionRecord,
  type Settlement,
} from "../../shared/events/resources.ts";
import type { Outcome } from "../../shared/function.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import { KubeError } from "../../shared/kube/error.ts";
import { carryOut, toSettlement } from "./carry-out.ts";
import type { Context } from "./context.ts";
import { chosenAlternative, decide } from "./decide.ts";
import { describeChange } from "./describe.ts";
import { type Intent, readIntent } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";
import { keepProposal } from "./keep-proposal.ts";
import { endingOutcome } from "./ending.ts";
import { hasShares } from "./shares.ts";
import { readSituation, type Seen } from "./situation.ts";
import { writeIntent } from "./stamp.ts";
import { standingOf, withChanges } from "./standing.ts";
import { watchOf } from "./watch.ts";
import { handleZoneDecision } from "./zones/handle-zone-decision.ts";

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
  if (record.inputs.zone !== undefined) return await handleZoneDecision(record, context);
  return await enact(record, context);
}

/**
 * Carries out a decision, if the live pod still leads to the same one: an event is no proof, anyone
 * may post it. Coming again, it goes on where the first stopped and gives the same answer.
 * `record.outcome` is `propose` when somebody has said yes.
 */
export async function enact(record: DecisionRecord, context: Context): Promise<Outcome> {
  const { changes = [], direction } = chosenAlternative(record) ?? {};
  if (record.chosen !== "resize") {
    const reason = `carrying out ${record.chosen} is not built yet`;
    return dropped(record, changes, reason, context);
  }
  const canResize = context.canResize();
  // Awaited further down; a fault of it must have a listener from now on.
  canResize.catch(() => {});
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const seen = await readSituation(context, {
      decisionId: record.id,
      now: new Date(context.now()).toISOString(),
      pod: record.inputs.pod,
      load: record.inputs.load,
      // Advice moves with every sample, and a decision to grow need not wait for the next one. What
      // makes smaller is asked for again: an event is no proof, and a wrong size would hurt.
      ...(direction === "down" ? {} : { usage: record.inputs.usage }),
    });
    if (seen === null) return dropped(record, changes, "the pod has gone", context);
    const next = nextStep(seen, record, changes, context);
    if (typeof next === "string") return dropped(record, changes, next, context);
    if (next.intent.settled !== null) {
      return toOutcome(record, toSettlement(record, next.intent.changes, next.intent.settled));
    }
    if (!(await canResize)) {
      return dropped(record, changes, "the API server cannot resize pods in place", context);
    }
    const stamped = next.isNew ? await stamp(context, seen.pod, record, next.intent) : seen.pod;
    if (stamped === null) continue;
    return toOutcome(record, await carryOut(context, stamped, record, next.intent));
  }
  throw new TransientError("POD_BUSY", `the pod was changed by others ${MAX_ATTEMPTS} times`);
}

/** The intent to carry out, new or found on the pod; or why there is nothing to do. */
function nextStep(
  { pod, situation }: Seen,
  record: DecisionRecord,
  changes: readonly ContainerChange[],
  { policy }: Context,
): { intent: Intent; isNew: boolean } | string {
  const { resource, observedAt } = record.inputs.load;
  const found = readIntent(pod.metadata.annotations, resource);
  const isFound = found?.id === record.id;
  if (isFound && found.settled !== null) return { intent: found, isNew: false };
  // Asked for already: what is left is the kubelet's word.
  if (isFound && hasShares(pod.spec, resource, found.changes, "after")) {
    return { intent: found, isNew: false };
  }
  const lastResize = isFound ? null : situation.lastResize;
  const again = decide({ ...situation, lastResize }, rulesFor(policy, situation.slaClass));
  if (again.outcome !== record.outcome) return again.reason;
  const best = chosenAlternative(again);
  const now = best?.changes ?? [];
  if (again.chosen !== record.chosen) return `decided now it would be ${again.chosen}`;
  if (!isDeepStrictEqual(now, changes)) {
    const sizes = now.map((change) => describeChange(change)).join("; ");
    return `decided now it would be ${sizes}`;
  }
  if (isFound) return { intent: found, isNew: false };
  const intent: Intent = {
    id: record.id,
    at: situation.now,
    observedAt,
    changes: now,
    settled: null,
    standing: withChanges(standingOf(found, resource), now, resource),
    ...(best === null ? {} : { watch: watchOf(pod, best, situation.load, again.policy.class) }),
  };
  return { intent, isNew: true };
}

/** @returns null when the pod has changed since it was read: look again. */
async function stamp(
  { kube }: Context,
  pod: Pod,
  { inputs }: DecisionRecord,
  intent: Intent,
): Promise<Pod | null> {
  try {
    return await writeIntent(kube, pod, inputs.load.resource, intent);
  } catch (error) {
    // 422: another pod of the same name has another uid, and a uid cannot be patched.
    if (error instanceof KubeError && [404, 409, 422].includes(error.httpStatus)) return null;
    throw error;
  }
}

function dropped(
  record: DecisionRecord,
  changes: readonly ContainerChange[],
  reason: string,
  { now }: Context,
): Outcome {
  const at = new Date(now()).toISOString();
  return toOutcome(record, toSettlement(record, changes, { outcome: "dropped", reason, at }));
}

function toOutcome(record: DecisionRecord, settlement: Settlement): Outcome {
  return endingOutcome(deriveId("settled", record.id), settlement);
}
