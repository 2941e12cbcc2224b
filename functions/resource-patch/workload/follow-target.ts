import type { Outcome } from "../../../shared/function.ts";
import { readNamespace } from "../../../shared/kube/namespaces.ts";
import { slaClassOf } from "../../../shared/opt-in.ts";
import { aboutOf, type Change, isOpen } from "../change.ts";
import type { Context } from "../context.ts";
import { readIntentAt } from "../intent.ts";
import { comeBack, isEndedByOther, patienceSeconds } from "../patience.ts";
import { SEEN_TO, settledNow, settledOutcome } from "../settled-outcome.ts";
import { readPod } from "../situation.ts";
import { readStamp } from "../zones/deployment.ts";
import { endTarget } from "./end-target.ts";
import { siteOf } from "./site.ts";
import { readTarget } from "./target.ts";
import { repeatedOutcomeOf } from "./target-ending.ts";
import { whyStopped } from "./target-permission.ts";
import { keyOf } from "./write-target.ts";

/**
 * Looks again at a rollout, a scale or a volume that was under way, because of event `cause`: it is
 * through now, or its time is over and the old values go back (a volume cannot go back, and stays
 * wanted); else the broker brings the event again.
 */
export async function followTarget(
  told: Change,
  cause: string,
  context: Context,
): Promise<Outcome> {
  const site = siteOf(told, context);
  const target = site === null ? null : await readTarget(site.kube, site.path);
  if (site === null || target === null) {
    return settledOutcome(told, settledNow("dropped", "it has gone", context.now), ["followed"]);
  }
  const stamp = readStamp(target);
  if (stamp?.id === told.decisionId) {
    const stopped = await whyStopped(site, target, told, context);
    if (stopped !== null) return { kind: "kept", reason: stopped };
    const { followZone } = await import("../zones/follow-zone.ts");
    const seconds = await readPatience(told, context);
    return await followZone(context, site, target, told, { startedAt: stamp.at, seconds });
  }
  const found = readIntentAt(target.metadata.annotations, keyOf(told));
  const settled = found?.settled ?? null;
  if (found?.id !== told.decisionId || settled === null) {
    return { kind: "noted", reason: "a later change has taken its place" };
  }
  // What an earlier version wrote lacks what the event tells.
  const intent = { ...found, about: found.about ?? aboutOf(told) };
  const change = { ...told, changes: intent.changes };
  const repeated = repeatedOutcomeOf(change, intent, cause);
  if (repeated !== null) return repeated;
  if (isEndedByOther(intent, cause)) return SEEN_TO;
  if (!isOpen(settled)) return settledOutcome(change, settled, ["followed"]);
  const stopped = await whyStopped(site, target, told, context);
  if (stopped !== null) return { kind: "kept", reason: stopped };
  const seconds = await readPatience(change, context);
  const ended = await endTarget(context, site, target, intent, {
    cause,
    heard: null,
    waitSeconds: seconds,
  });
  if (ended !== null) return ended;
  return comeBack(intent.at, context.now(), seconds, settled.reason);
}

/** By the class of the namespace and of the pod that it was for, while that is there. */
async function readPatience(
  { pod: named }: Change,
  { kube, recent, policy }: Context,
): Promise<number> {
  const [pod, namespace] = await Promise.all([
    readPod(kube, named),
    readNamespace(kube, named.namespace, recent),
  ]);
  const podLabels = pod?.metadata.labels ?? {};
  const namespaceLabels = namespace.labels ?? {};
  const slaClass = slaClassOf({ podLabels, workloadLabels: {}, namespaceLabels }, policy);
  return patienceSeconds(policy, slaClass);
}
