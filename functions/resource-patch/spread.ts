import { counted } from "../../shared/counted.ts";
import { deriveId } from "../../shared/events/contract.ts";
import type { Outcome } from "../../shared/function.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import type { Change } from "./change.ts";
import type { Context } from "./context.ts";
import { decide } from "./decide.ts";
import { decidedOutcome } from "./decided-outcome.ts";
import { readIntent } from "./intent.ts";
import { waitOrGoOn } from "./patience.ts";
import type { Pod } from "./pod-facts.ts";
import { hasShares } from "./shares.ts";
import { readPod, readSituation } from "./situation.ts";
import { listItems } from "./surroundings/list-items.ts";

/** So many replicas are asked about for one event, when guards stand before the first ones. */
const MAX_ASKED = 10;

/** So long the first one runs with less before the others get it: what harms it shows by then. */
const CANARY_SECONDS = 30;

/** What the controllers put on all pods of one template. */
const TEMPLATE_LABELS = ["pod-template-hash", "controller-revision-hash"];

/**
 * Brings the size of a pod that does well with it to the next replica that still has the old one: a
 * decision of its own, whose end brings the next. One pod at a time: where the class wants a canary,
 * a size that does harm has done it to one, and the chain ends there. What is less has to prove itself
 * first; more is for a load that does not wait.
 * @throws TransientError STILL_OPEN until then: the broker brings the event again.
 */
export async function spread(change: Change, context: Context): Promise<Outcome> {
  const { resource } = change.load;
  const first = await readPod(context.kube, change.pod);
  const intent = readIntent(first?.metadata.annotations, resource);
  if (first === null || intent?.id !== change.decisionId || intent.settled?.outcome !== "applied") {
    return { kind: "noted", reason: "the pod, or its size, is another one by now" };
  }
  const isTakenBack = !hasShares(first.spec, resource, intent.changes, "after");
  if (intent.takingBack !== undefined || isTakenBack) {
    return { kind: "noted", reason: "the first pod does not have that size any more" };
  }
  const harm = harmOf(first, intent.at);
  const isCanary = change.load.toldOf === undefined;
  const { decisionId: root, pod: canary } = change.load.toldOf ?? {
    decisionId: change.decisionId,
    pod: change.pod.name,
  };
  const replicas = await replicasLike(first, context);
  const next = replicas
    .filter(({ spec }) => hasShares(spec, resource, intent.changes, "before"))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const { metadata } of next.slice(0, MAX_ASKED)) {
    const { namespace, name, uid } = metadata;
    const seen = await readSituation(context, {
      decisionId: deriveId("spread", root, uid),
      now: new Date(context.now()).toISOString(),
      pod: { namespace, name },
      load: { ...change.load, podUid: uid, toldOf: { pod: canary, decisionId: root } },
    });
    if (seen === null) continue;
    const { situation } = seen;
    const { canaryFirst } = context.policy.classes[situation.slaClass];
    if (canaryFirst && harm !== null) {
      return { kind: "noted", reason: `not for the other replicas: ${harm}` };
    }
    if (canaryFirst && isCanary && intent.watch?.direction === "down") {
      const word = "the first pod has to do well with less";
      waitOrGoOn(intent.settled.at, context.now(), CANARY_SECONDS, word);
    }
    const record = decide(situation, rulesFor(context.policy, situation.slaClass));
    if (record.chosen === "resize" && record.outcome === "act") return decidedOutcome(record);
  }
  return {
    kind: "spread",
    reason:
      next.length === 0
        ? "no other replica has the old size"
        : `${counted(next.length, "replica keeps", "replicas keep")} the old size: guards stand before it`,
  };
}

/** A sentence when the pod does not do well with its new size. */
function harmOf({ metadata, status }: Pod, since: string): string | null {
  if (metadata.deletionTimestamp !== undefined) return "the first pod is going away";
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status !== "True") return "the first pod is not ready";
  const restarted = status?.containerStatuses?.find(({ lastState }) => {
    const finishedAt = lastState?.terminated?.finishedAt;
    return finishedAt !== undefined && new Date(finishedAt).getTime() >= Date.parse(since);
  });
  return restarted === undefined ? null : `container ${restarted.name} has restarted since`;
}

/** The running pods of the same controller, without the pod itself. */
async function replicasLike({ metadata }: Pod, { kube }: Context): Promise<Pod[]> {
  const controller = metadata.ownerReferences?.find((one) => one.controller === true);
  if (controller === undefined) return [];
  const key = TEMPLATE_LABELS.find((label) => metadata.labels?.[label] !== undefined);
  const path = `/api/v1/namespaces/${pathSegment(metadata.namespace)}/pods`;
  const keep = (pod: Pod) => (isReplica(pod) ? pod : null);
  const selector = key === undefined ? {} : { labelSelector: `${key}=${metadata.labels?.[key]}` };
  const found = await listItems(kube, path, keep, selector);
  return found.filter((pod) => pod !== null);

  function isReplica({ metadata: other, status }: Pod): boolean {
    return (
      other.uid !== metadata.uid &&
      other.deletionTimestamp === undefined &&
      status?.phase === "Running" &&
      other.ownerReferences?.some(({ uid }) => uid === controller?.uid) === true
    );
  }
}
