import type { Outcome } from "../../shared/function.ts";
import { readNamespace } from "../../shared/kube/namespaces.ts";
import { readWorkload } from "../../shared/kube/owners.ts";
import type { SlaClass } from "../../shared/policy-class.ts";
import { slaClassOf } from "../../shared/opt-in.ts";
import { aboutOf, type Change, isOpen } from "./change.ts";
import type { Context } from "./context.ts";
import { repeatedOutcome } from "./ending.ts";
import { readIntent } from "./intent.ts";
import { comeBack, isEndedByOther, patienceSeconds } from "./patience.ts";
import { readPermission } from "./permission.ts";
import type { Pod } from "./pod-facts.ts";
import { SEEN_TO, settledNow, settledOutcome } from "./settled-outcome.ts";
import { settleOpen } from "./settle-open.ts";
import { readPod } from "./situation.ts";

/**
 * Looks again at a resize that the kubelet had not done, because of event `cause`: it is done now, or
 * cannot be, or its time is over and the old values go back; else the broker brings the event again.
 */
export async function followResize(
  told: Change,
  cause: string,
  context: Context,
): Promise<Outcome> {
  const { resource } = told.load;
  const pod = await readPod(context.kube, told.pod);
  if (pod === null || pod.metadata.uid !== told.pod.uid) {
    const dropped = settledNow("dropped", "the pod has gone", context.now);
    return settledOutcome(told, dropped, ["followed"]);
  }
  const found = readIntent(pod.metadata.annotations, resource);
  const settled = found?.settled ?? null;
  if (found?.id !== told.decisionId || settled === null) {
    return { kind: "noted", reason: "a later change has taken its place" };
  }
  // What an earlier version wrote lacks what the event tells.
  const intent = { ...found, about: found.about ?? aboutOf(told) };
  const repeated = repeatedOutcome(pod, resource, intent, cause);
  if (repeated !== null) return repeated;
  if (isEndedByOther(intent, cause)) return SEEN_TO;
  const { forbidden, paused } = await readPermission(context, pod);
  const stopped = forbidden ?? paused;
  // What is open after a pause is for the reviews to end.
  if (stopped !== null) return { kind: "kept", reason: stopped };
  if (!isOpen(settled)) {
    return settledOutcome({ ...told, changes: intent.changes }, settled, ["followed"]);
  }
  const seconds = patienceSeconds(context.policy, await readClass(pod, context));
  const ended = await settleOpen(context, pod, resource, intent, {
    cause,
    heard: null,
    waitSeconds: seconds,
  });
  if (ended !== null) return ended;
  return comeBack(intent.at, context.now(), seconds, settled.reason);
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
