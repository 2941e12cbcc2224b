import type { Owner } from "../../shared/events/load.ts";
import type { Tried } from "../../shared/events/change.ts";
import type { Alternative, DecisionRecord } from "../../shared/events/decided.ts";
import type { Settlement } from "../../shared/events/settled.ts";
import type { Action, SlaClass } from "../../shared/policy-class.ts";
import { chosenAlternative } from "./decide.ts";
import type { About, Intent, Settled } from "./intent.ts";
import type { Regarding } from "./record-settled.ts";

/** What is to be done, for whom and why: of a decision, or of what was told of its end. */
export type Change = {
  decisionId: string;
  pod: { namespace: string; name: string; uid: string };
  load: DecisionRecord["inputs"]["load"];
  tried: readonly Tried[];
  action: Action;
  slaClass: SlaClass | undefined;
  hasReplicas: boolean;
} & Pick<Alternative, "target" | "changes" | "replicas" | "volume">;

/** null for a decision that keeps, or whose record lacks what it chose. */
export function changeOf(record: DecisionRecord): Change | null {
  const chosen = chosenAlternative(record);
  if (chosen === null || chosen.action === "keep") return null;
  const { id, inputs } = record;
  const { namespace, name, uid } = inputs.pod;
  const { action, target, changes, replicas, volume } = chosen;
  return {
    decisionId: id,
    pod: { namespace, name, uid },
    load: inputs.load,
    tried: inputs.tried ?? [],
    action,
    slaClass: inputs.slaClass,
    hasReplicas: (inputs.surroundings?.workload?.replicas?.desired ?? 0) > 1,
    target,
    changes,
    replicas,
    volume,
  };
}

/** null when it was told by a version that did not say what it was for. */
export function changeOfSettled(settlement: Settlement): Change | null {
  const { decisionId, namespace, pod, podUid, load, tried = [], changes } = settlement;
  const { action = "resize", slaClass, hasReplicas = false } = settlement;
  const { target = null, replicas = null, volume = null } = settlement;
  if (load === undefined) return null;
  return {
    decisionId,
    pod: { namespace, name: pod, uid: podUid },
    load,
    // The last one is this change itself, when it failed.
    tried: tried.filter((each) => each.decisionId !== decisionId),
    action,
    slaClass,
    hasReplicas,
    target,
    changes,
    replicas,
    volume,
  };
}

/** What an intent keeps of a change, to tell of it later. */
export function aboutOf(
  { action, load, pod: { name, uid }, slaClass, hasReplicas, tried }: Change,
  workload: Regarding | null = null,
): About {
  return {
    action,
    load,
    pod: { name, uid },
    ...(slaClass === undefined ? {} : { slaClass }),
    hasReplicas,
    ...(tried.length === 0 ? {} : { tried: [...tried] }),
    ...(workload === null ? {} : { workload }),
  };
}

/** The change that an intent on `target` is about; null when an earlier version wrote it. */
export function changeOfIntent(
  { id, about, changes, replicas = null, volume = null }: Intent,
  target: Owner,
): Change | null {
  if (about === undefined) return null;
  const { action, load, pod, slaClass, hasReplicas, tried = [] } = about;
  return {
    decisionId: id,
    pod: { namespace: target.namespace, ...pod },
    load,
    tried,
    action,
    slaClass,
    hasReplicas,
    target,
    changes,
    replicas,
    volume,
  };
}

/** Endings after which something else is to be thought of. */
const FAILED: ReadonlySet<Settled["outcome"]> = new Set([
  "infeasible",
  "error",
  "refused",
  "expired",
]);

/** Endings that are none yet. */
const OPEN: ReadonlySet<Settled["outcome"]> = new Set(["deferred", "pending"]);

export function isOpen({ outcome }: Settled): boolean {
  return OPEN.has(outcome);
}

/** What became of a change, in words for the event. */
export function toSettlement(change: Change, settled: Settled): Settlement {
  const { decisionId, pod, load, action, target, replicas, volume, slaClass, hasReplicas } = change;
  const { outcome, reason, at } = settled;
  const tried = FAILED.has(outcome)
    ? [...change.tried, { action, decisionId, reason }]
    : [...change.tried];
  return {
    decisionId,
    namespace: pod.namespace,
    pod: pod.name,
    podUid: pod.uid,
    resource: load.resource,
    outcome,
    reason,
    at,
    changes: [...change.changes],
    action,
    target,
    replicas,
    volume,
    load,
    ...(slaClass === undefined ? {} : { slaClass }),
    hasReplicas,
    ...(tried.length === 0 ? {} : { tried }),
  };
}

/** What ought to come next: whoever filters for it is woken for nothing else. */
export type Next = "follow" | "fallback" | "spread" | "none";

export function nextAfter({ action, hasReplicas }: Change, settled: Settled): Next {
  if (isOpen(settled)) return "follow";
  if (FAILED.has(settled.outcome)) return "fallback";
  return settled.outcome === "applied" && action === "resize" && hasReplicas ? "spread" : "none";
}
