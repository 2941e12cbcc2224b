import { isDeepStrictEqual } from "node:util";
import { TransientError } from "../../shared/errors.ts";
import { deriveId } from "../../shared/events/contract.ts";
import type { DecisionRecord } from "../../shared/events/decided.ts";
import type { Outcome } from "../../shared/function.ts";
import { KubeError } from "../../shared/kube/error.ts";
import { recordEvent } from "../../shared/kube/events.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import type { Context } from "./context.ts";
import { chosenAlternative, decide } from "./decide.ts";
import { describeAlternative } from "./describe.ts";
import type { Pod } from "./pod-facts.ts";
import {
  APPROVAL_SECONDS,
  formatProposal,
  type Proposal,
  proposalKey,
  readProposal,
} from "./proposal.ts";
import { endingOutcome } from "./ending.ts";
import { readSituation, type Seen } from "./situation.ts";
import { writePod } from "./write-pod.ts";

const MAX_ATTEMPTS = 5;

/** An approval is carried out within seconds; one that takes this long has been given up. */
const ENACTING_MS = 600_000;

/**
 * Keeps a decision on its pod until somebody says yes or no, or its time is over. It has to be what
 * the live pod leads to: anyone may post a decision. A newer one takes the place of an older.
 */
export async function keepProposal(record: DecisionRecord, context: Context): Promise<Outcome> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const seen = await readSituation(context, {
      decisionId: record.id,
      now: new Date(context.now()).toISOString(),
      pod: record.inputs.pod,
      load: record.inputs.load,
      // As when it is carried out: what makes smaller is asked for again, an event is no proof.
      ...(chosenAlternative(record)?.direction === "down" ? {} : { usage: record.inputs.usage }),
    });
    if (seen === null) return dropped(record, context, "the pod has gone");
    const wanted = toProposal(seen, record, context);
    if (typeof wanted === "string") return dropped(record, context, wanted);
    const { resource } = record.inputs.load;
    const known = readProposal(seen.pod.metadata.annotations, resource);
    if (known?.id === record.id) return proposed(known);
    if (known !== null && isNewer(known, wanted)) {
      return dropped(record, context, `${known.id} waits already, of a newer load`);
    }
    if (known !== null && isBeingDone(known, context)) {
      throw new TransientError("POD_BUSY", `${known.id} was approved, and is being carried out`);
    }
    const text = formatProposal(wanted);
    if (text === null) return dropped(record, context, "it is too long to be kept on the pod");
    try {
      await writePod(context.kube, seen.pod, { [proposalKey(resource)]: text });
    } catch (error) {
      // 422: another pod of the same name has another uid, and a uid cannot be patched.
      if (error instanceof KubeError && [404, 409, 422].includes(error.httpStatus)) continue;
      throw error;
    }
    await recordProposed(context, seen.pod, wanted);
    return proposed(wanted);
  }
  throw new TransientError("POD_BUSY", `the pod was changed by others ${MAX_ATTEMPTS} times`);
}

/** What is to be kept; or why the live pod does not lead to it. */
function toProposal(
  { situation }: Seen,
  record: DecisionRecord,
  { policy }: Context,
): Proposal | string {
  const again = decide(situation, rulesFor(policy, situation.slaClass));
  if (again.outcome !== "propose") return again.reason;
  const alternative = chosenAlternative(again);
  const claimed = chosenAlternative(record);
  if (alternative === null || alternative.action !== claimed?.action) {
    return `decided now it would be ${again.chosen}`;
  }
  const what = ({ changes, replicas, volume }: typeof alternative) => [changes, replicas, volume];
  if (!isDeepStrictEqual(what(alternative), what(claimed))) {
    return `decided now it would be ${describeAlternative(alternative)}`;
  }
  const { now, load, usage } = situation;
  const untilMs = Date.parse(now) + APPROVAL_SECONDS * 1000;
  const until = new Date(untilMs).toISOString();
  return { id: record.id, at: now, until, load, usage, alternative, answer: null };
}

function isNewer({ load, answer, until }: Proposal, { load: wanted, at }: Proposal): boolean {
  const isWaiting = answer === null && Date.parse(until) > Date.parse(at);
  return isWaiting && Date.parse(load.observedAt) > Date.parse(wanted.observedAt);
}

function isBeingDone({ answer }: Proposal, { now }: Context): boolean {
  const isUnderWay = answer?.kind === "given" && answer.settled === null;
  return isUnderWay && now() - Date.parse(answer.at) < ENACTING_MS;
}

function proposed({ id, until, alternative }: Proposal): Outcome {
  const reason = `${describeAlternative(alternative)}: ${id} waits for a yes until ${until}`;
  return { kind: "proposed", reason };
}

function dropped(record: DecisionRecord, { now }: Context, reason: string): Outcome {
  const { pod, load } = record.inputs;
  return endingOutcome(deriveId("settled", record.id), {
    decisionId: record.id,
    namespace: pod.namespace,
    pod: pod.name,
    podUid: pod.uid,
    resource: load.resource,
    outcome: "dropped",
    reason,
    at: new Date(now()).toISOString(),
    changes: chosenAlternative(record)?.changes ?? [],
  });
}

/** `kubectl describe pod` shows what waits, and its id. */
async function recordProposed(
  { kube, log, instance }: Context,
  { metadata: { namespace, name, uid } }: Pod,
  { id, at, until, alternative }: Proposal,
): Promise<void> {
  const failure = await recordEvent(
    kube,
    {
      id: deriveId("kube-event", id, "proposed"),
      regarding: { apiVersion: "v1", kind: "Pod", namespace, name, uid },
      time: at,
      type: "Normal",
      action: "Resize",
      reason: "ResizeProposed",
      note: `${describeAlternative(alternative)}: waits for a yes to decision ${id} until ${until}`,
    },
    { controller: "vigie.dev/resource-patch", instance },
  );
  if (failure !== null) log.warn({ err: failure, pod: `${namespace}/${name}` }, "event lost");
}
