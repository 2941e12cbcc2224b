import type { Outcome } from "../../shared/function.ts";
import { readNamespace } from "../../shared/kube/namespaces.ts";
import { readWorkload } from "../../shared/kube/owners.ts";
import type { SlaClass } from "../../shared/policy-class.ts";
import { slaClassOf } from "../../shared/opt-in.ts";
import { afterRevert, isStillOurs, regardingPod } from "./carry-out.ts";
import { type Change, isOpen } from "./change.ts";
import type { Context } from "./context.ts";
import { describeChange } from "./describe.ts";
import { type Intent, readIntent, type Settled } from "./intent.ts";
import { patienceSeconds, waitOrGoOn } from "./patience.ts";
import { readPermission } from "./permission.ts";
import type { Pod } from "./pod-facts.ts";
import { recordSettled } from "./record-settled.ts";
import { patchResize } from "./resize.ts";
import { SEEN_TO, settledNow, settledOutcome } from "./settled-outcome.ts";
import { hasShares } from "./shares.ts";
import { readPod } from "./situation.ts";
import { writeSettled } from "./stamp.ts";
import { verdictOf } from "./verdict.ts";

/**
 * Looks again at a resize that the kubelet had not done: it is done now, or cannot be, or its time is
 * over and the old values go back; else the broker brings the event again.
 */
export async function followResize(told: Change, context: Context): Promise<Outcome> {
  const { resource } = told.load;
  const pod = await readPod(context.kube, told.pod);
  if (pod === null || pod.metadata.uid !== told.pod.uid) {
    return settledOutcome(told, settledNow("dropped", "the pod has gone", context.now), true);
  }
  const intent = readIntent(pod.metadata.annotations, resource);
  if (intent === null || intent.id !== told.decisionId || intent.settled === null) {
    return { kind: "noted", reason: "a later change has taken its place" };
  }
  const { closed, takingBack } = intent;
  if ([closed, takingBack, intent.settled].some((one) => one?.cause !== undefined)) return SEEN_TO;
  const { forbidden, paused } = await readPermission(context, pod);
  const stopped = forbidden ?? paused;
  // What is open after a pause is for the reviews to end.
  if (stopped !== null) return { kind: "kept", reason: stopped };
  const change = { ...told, changes: intent.changes };
  if (!isOpen(intent.settled)) return settledOutcome(change, intent.settled, true);
  const ended = await end(pod, change, intent, context);
  const settled = settledNow(ended.outcome, ended.reason, context.now);
  const [known] = await Promise.all([
    writeSettled(context.kube, ended.pod, resource, intent, settled, intent.settled.outcome),
    recordSettled(context, [regardingPod(pod)], change, settled),
  ]);
  return known.cause === undefined ? settledOutcome(change, known, true) : SEEN_TO;
}

type Ended = { pod: Pod; outcome: Settled["outcome"]; reason: string };

async function end(
  pod: Pod,
  { load: { resource } }: Change,
  intent: Intent,
  context: Context,
): Promise<Ended> {
  const { changes, at } = intent;
  const isOurs = isStillOurs(pod, resource, intent);
  if (!isOurs(pod)) return { pod, outcome: "dropped", reason: "others have resized it" };
  const expired = "the class's time for it is over";
  // Taken back already by a delivery that did not come to its end.
  if (!hasShares(pod.spec, resource, changes, "after")) {
    return { pod, outcome: "expired", reason: `${expired}; the old values are back` };
  }
  const verdict = verdictOf(pod, resource, changes, pod.metadata.generation ?? 0);
  if (verdict.kind === "applied") {
    return {
      pod,
      outcome: "applied",
      reason: changes.map((one) => describeChange(one)).join("; "),
    };
  }
  if (verdict.kind !== "infeasible") {
    const seconds = patienceSeconds(context.policy, await readClass(pod, context));
    waitOrGoOn(at, context.now(), seconds, verdict.reason);
  }
  const reverted = await patchResize(context.kube, pod, resource, changes, "before", isOurs);
  const reason = `${verdict.reason}; ${afterRevert(reverted)}`;
  return verdict.kind === "infeasible" || verdict.kind === "error"
    ? { pod: reverted ?? pod, outcome: verdict.kind, reason }
    : { pod: reverted ?? pod, outcome: "expired", reason: `${expired}: ${reason}` };
}

async function readClass({ metadata }: Pod, { kube, recent, policy }: Context): Promise<SlaClass> {
  const [workload, namespace] = await Promise.all([
    readWorkload(kube, metadata, recent),
    readNamespace(kube, metadata.namespace, recent),
  ]);
  const labels = {
    podLabels: metadata.labels ?? {},
    workloadLabels: workload.labels,
    namespaceLabels: namespace.labels ?? {},
  };
  return slaClassOf(labels, policy);
}
