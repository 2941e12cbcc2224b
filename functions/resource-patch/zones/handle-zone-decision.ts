import { isDeepStrictEqual } from "node:util";
import { TransientError } from "../../../shared/errors.ts";
import { deriveId } from "../../../shared/events/contract.ts";
import { type DecisionRecord } from "../../../shared/events/decided.ts";
import { ResourcesSettled } from "../../../shared/events/settled.ts";
import type { Outcome } from "../../../shared/function.ts";
import { recordEvent } from "../../../shared/kube/events.ts";
import { rulesFor } from "../../../shared/policy-rules.ts";
import { aboutOf, type Change, changeOf, isOpen, toSettlement } from "../change.ts";
import { settlementOf } from "../ending.ts";
import type { Context } from "../context.ts";
import { chosenAlternative, decide } from "../decide.ts";
import { enterBudget } from "../decide-again.ts";
import { describeAlternative } from "../describe.ts";
import { changeKey, type Intent, readIntentAt, type Settled } from "../intent.ts";
import { standingOf, withChanges } from "../standing.ts";
import { marksOf } from "../workload/marks.ts";
import { replicasStanding } from "../workload/standing-replicas.ts";
import { writeSizes, type Written } from "../workload/write-target.ts";
import { type Deployment, deploymentPath, readStamp, STAMP_KEY } from "./deployment.ts";
import { readZoneSituation } from "./zone-situation.ts";

/** Its controller writes the Deployment's status, too; more conflicts than this are a fight. */
const MAX_ATTEMPTS = 5;

/**
 * Writes what a review decided, if the live cluster still leads to the same. One write has all of
 * it: sizes, label, which decision it was, and the first sizes; so what comes again finds all or
 * nothing, and who asks for the first sizes gets them.
 */
export async function handleZoneDecision(
  record: DecisionRecord,
  context: Context,
): Promise<Outcome> {
  const { owner, load } = record.inputs;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const at = new Date(context.now()).toISOString();
    const seen = await readZoneSituation(context, {
      decisionId: record.id,
      now: at,
      namespace: owner.namespace,
      name: owner.name,
      cause: load.cause,
      observedAt: load.observedAt,
    });
    if (typeof seen === "string") return settled(record, { outcome: "dropped", reason: seen, at });
    const { deployment, situation } = seen;
    const stamp = readStamp(deployment);
    if (stamp?.id === record.id) return settled(record, written(record, stamp.at));
    const again = decide(situation, rulesFor(context.policy, situation.slaClass));
    const fault = differenceOf(record, again);
    if (fault !== null) return settled(record, { outcome: "dropped", reason: fault, at });
    const refusal = await enterBudget(seen, record.id, context);
    if (refusal !== null) return settled(record, { outcome: "dropped", reason: refusal, at });
    const sent = await write(context, deployment, again, at);
    if (sent.kind === "changed") continue;
    if (sent.kind !== "written") {
      await context.ledger.leave(record.id);
      return settled(record, { outcome: sent.kind, reason: sent.reason, at });
    }
    await note(context, deployment, record, at);
    return settled(record, written(record, at));
  }
  throw new TransientError("OWNER_BUSY", `the Deployment was changed ${MAX_ATTEMPTS} times`);
}

/** Why the decision does not hold any more; null when it does. */
function differenceOf(record: DecisionRecord, again: DecisionRecord): string | null {
  if (again.outcome !== "act") return again.reason;
  const [wanted, now] = [chosenAlternative(record), chosenAlternative(again)];
  if (wanted === null || now === null) return again.reason;
  const isSame =
    isDeepStrictEqual(wanted.changes, now.changes) && isDeepStrictEqual(wanted.labels, now.labels);
  return isSame ? null : `decided now it would be ${describeAlternative(now)}`;
}

async function write(
  { kube }: Context,
  deployment: Deployment,
  record: DecisionRecord,
  at: string,
): Promise<Written> {
  const { changes = [], labels = {} } = chosenAlternative(record) ?? {};
  const stamp = { [STAMP_KEY]: JSON.stringify({ id: record.id, at }) };
  const change = changeOf(record);
  const marks =
    change === null
      ? { annotations: stamp, labels: {} }
      : marksOf(deployment, changeKey("cpu"), intentOf(deployment, record, change, at), stamp);
  const { namespace, name } = deployment.metadata;
  const owner = { apiVersion: "apps/v1", kind: "Deployment", namespace, name };
  const site = { kube, path: deploymentPath(deployment.metadata), owner };
  return await writeSizes(site, deployment, {
    resource: "cpu",
    changes,
    side: "after",
    marks: { ...marks, labels: { ...marks.labels, ...labels } },
  });
}

/** Nobody watches it: a zone helps no pod, and the next review judges it by the cluster. */
function intentOf(
  { metadata }: Deployment,
  record: DecisionRecord,
  change: Change,
  at: string,
): Intent {
  const previous = readIntentAt(metadata.annotations, changeKey("cpu"));
  return {
    id: record.id,
    at,
    observedAt: change.load.observedAt,
    changes: [...change.changes],
    settled: written(record, at),
    standing: withChanges(standingOf(previous, "cpu"), change.changes, "cpu"),
    standingReplicas: replicasStanding(previous),
    about: aboutOf(change),
  };
}

/** `kubectl describe deployment` says what was done and why. Never fails. */
async function note(
  { kube, log, instance }: Context,
  { metadata: { namespace, name, uid } }: Deployment,
  { id, reason }: DecisionRecord,
  at: string,
): Promise<void> {
  const failure = await recordEvent(
    kube,
    {
      id: deriveId("kube-event", id),
      regarding: { apiVersion: "apps/v1", kind: "Deployment", namespace, name, uid },
      time: at,
      type: "Normal",
      action: "PatchTemplate",
      reason: "ZoneChanged",
      note: reason,
    },
    { controller: "vigie.dev/resource-patch", instance },
  );
  if (failure !== null)
    log.warn({ err: failure, deployment: `${namespace}/${name}` }, "event lost");
}

function written({ inputs }: DecisionRecord, at: string): Settled {
  return { outcome: "pending", reason: `written to ${inputs.owner.name}, which rolls it out`, at };
}

/** What is written is followed until it is rolled out; for what is not, the next review decides. */
function settled(record: DecisionRecord, how: Settled): Outcome {
  const change = changeOf(record);
  const settlement =
    change === null
      ? settlementOf(record, chosenAlternative(record)?.changes ?? [], how)
      : toSettlement(change, how);
  const { namespace, pod, outcome, reason, at } = settlement;
  const next = change !== null && isOpen(how) ? "follow" : "none";
  return {
    kind: outcome,
    reason,
    reply: ResourcesSettled.create({
      id: deriveId("settled", record.id),
      subject: `${namespace}/${pod}`,
      time: at,
      extensions: { outcome, next, partitionkey: `${namespace}/${pod}` },
      data: settlement,
    }),
  };
}
