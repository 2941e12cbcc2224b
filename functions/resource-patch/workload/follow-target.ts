import { TransientError } from "../../../shared/errors.ts";
import type { Outcome } from "../../../shared/function.ts";
import { readNamespace } from "../../../shared/kube/namespaces.ts";
import { slaClassOf } from "../../../shared/opt-in.ts";
import { type Change, isOpen } from "../change.ts";
import type { Context } from "../context.ts";
import { describeAlternative } from "../describe.ts";
import { type Intent, readIntentAt } from "../intent.ts";
import { patienceSeconds, waitOrGoOn } from "../patience.ts";
import { recordSettled } from "../record-settled.ts";
import { settledNow, settledOutcome } from "../settled-outcome.ts";
import { readPod } from "../situation.ts";
import { regarding, settleTarget, type Site, siteOf } from "./change-target.ts";
import { progressOf } from "./progress.ts";
import { readTarget, type Target } from "./target.ts";
import { whyStopped } from "./target-permission.ts";
import { templateHas } from "./template.ts";
import { keyOf, type Written, writeScale, writeTemplate } from "./write-target.ts";

/**
 * Looks again at a rollout, a scale or a volume that was under way: it is through now, or its time is
 * over and the old values go back (a volume cannot go back, and stays wanted); else the broker brings
 * the event again.
 */
export async function followTarget(told: Change, context: Context): Promise<Outcome> {
  const site = siteOf(told, context);
  const target = site === null ? null : await readTarget(site.kube, site.path);
  if (site === null || target === null) {
    return settledOutcome(told, settledNow("dropped", "it has gone", context.now), ["followed"]);
  }
  const intent = readIntentAt(target.metadata.annotations, keyOf(told));
  if (intent === null || intent.id !== told.decisionId || intent.settled === null) {
    return { kind: "noted", reason: "a later change has taken its place" };
  }
  const change = { ...told, changes: intent.changes };
  if (!isOpen(intent.settled)) return settledOutcome(change, intent.settled, ["followed"]);
  const stopped = await whyStopped(site, target, told, context);
  if (stopped !== null) return { kind: "kept", reason: stopped };
  const { outcome, reason } = await end(site, target, change, intent, context);
  const text = `${describeAlternative(change)}: ${reason}`;
  const settled = settledNow(outcome, text, context.now);
  const latest = (await readTarget(site.kube, site.path)) ?? target;
  const [known] = await Promise.all([
    settleTarget(site, latest, change, intent, settled, intent.settled.outcome),
    recordSettled(context, [regarding(site.owner, target)], change, settled),
  ]);
  return settledOutcome(change, known, ["followed"]);
}

type Ended = { outcome: "applied" | "error" | "expired" | "dropped"; reason: string };

async function end(
  site: Site,
  target: Target,
  change: Change,
  intent: Intent,
  context: Context,
): Promise<Ended> {
  if (change.action !== "grow-volume") {
    if (isThere(site, target, change, intent, "before")) {
      return { outcome: "expired", reason: "its time is over; the old values are back" };
    }
    if (!isThere(site, target, change, intent, "after")) {
      return { outcome: "dropped", reason: "others have changed it since" };
    }
  }
  const progress = progressOf(site.owner, target, change);
  if (progress.kind !== "pending") return { outcome: progress.kind, reason: progress.reason };
  waitOrGoOn(intent.at, context.now(), await readPatience(change, context), progress.reason);
  const expired = `the class's time for it is over: ${progress.reason}`;
  if (change.action === "grow-volume") {
    return { outcome: "error", reason: `${expired}; what was asked for stays: no claim shrinks` };
  }
  const reverted = await revert(site, target, change, intent);
  switch (reverted.kind) {
    case "written":
      return { outcome: "expired", reason: `${expired}; the old values are back` };
    case "changed":
      // Its status moves all the time: the next delivery tries again.
      throw new TransientError("OBJECT_BUSY", "the object was changed by others");
    case "refused":
    case "dropped":
      return { outcome: "expired", reason: `${expired}; not taken back: ${reverted.reason}` };
  }
}

function isThere(
  { owner }: Site,
  target: Target,
  { action, load }: Change,
  intent: Intent,
  side: "before" | "after",
): boolean {
  return action === "patch-owner"
    ? templateHas(owner, target, load.resource, intent.changes, side)
    : (target.spec?.replicas ?? 1) === intent.replicas?.[side];
}

async function revert(
  site: Site,
  target: Target,
  change: Change,
  intent: Intent,
): Promise<Written> {
  if (change.action === "patch-owner") {
    const { resource } = change.load;
    return await writeTemplate(site, target, keyOf(change), { intent, side: "before", resource });
  }
  return await writeScale(site, target, intent.replicas?.before ?? 1);
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
