import { TransientError } from "../../shared/errors.ts";
import { deriveId, type Event } from "../../shared/events/contract.ts";
import { RevertDue, type RevertRequest } from "../../shared/events/order.ts";
import { ReviewDue } from "../../shared/events/review.ts";
import type { Outcome } from "../../shared/function.ts";
import type { ObjectMetadata } from "../../shared/kube/list.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import { isProtected } from "../../shared/opt-in.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import {
  parseResized,
  parseReviews,
  RESIZED_LABEL,
  REVIEW_LABEL,
} from "../../shared/review-labels.ts";
import type { Scope } from "./contract.ts";
import type { Effects } from "./effects.ts";
import { listPods } from "./scan.ts";
import { sendAll } from "./send-all.ts";

/**
 * Sends an event for each resource of a pod that is due to be looked at. The API server picks the
 * pods by label: with nothing open it is one short answer, and nobody else is woken.
 */
export async function findReviews(effects: Effects, cause: Event): Promise<Outcome> {
  const nowSeconds = effects.clock() / 1000;
  const sent = await sendFor(
    effects,
    { namespaces: [], selector: REVIEW_LABEL },
    ({ labels = {} }) =>
      [...parseReviews(labels[REVIEW_LABEL])]
        .filter(([, atSeconds]) => atSeconds <= nowSeconds)
        .map(([resource]) => resource),
    (about) =>
      ReviewDue.create({
        id: deriveId("review.due", cause.source, cause.id, about.podUid, about.resource),
        subject: `${about.namespace}/${about.pod}`,
        ...timeOf(cause),
        extensions: { partitionkey: `${about.namespace}/${about.pod}` },
        data: about,
      }),
  );
  return { kind: "reviewed", reason: `${sent} changes and proposals are due` };
}

/**
 * Sends an event for each resource that a pod within the scope was resized in. Whether the pod
 * belongs to the workload that is meant is seen by who reads the pod anyway.
 */
export async function findReverts(
  effects: Effects,
  cause: Event<RevertRequest> & { data: RevertRequest },
): Promise<Outcome> {
  const { target, by, note } = cause.data;
  const requestedAt = cause.time ?? new Date(effects.clock()).toISOString();
  const sent = await sendFor(
    effects,
    {
      namespaces: target.scope === "all" ? [] : [pathSegment(target.namespace)],
      selector: RESIZED_LABEL,
    },
    ({ labels = {} }) => parseResized(labels[RESIZED_LABEL]),
    (about) =>
      RevertDue.create({
        id: deriveId("revert.due", cause.source, cause.id, about.podUid, about.resource),
        subject: `${about.namespace}/${about.pod}`,
        ...timeOf(cause),
        extensions: { partitionkey: `${about.namespace}/${about.pod}` },
        data: { ...about, target, requestedAt, by, ...(note === undefined ? {} : { note }) },
      }),
  );
  return { kind: "found", reason: `${sent} resized resources of pods, asked back by ${by}` };
}

type About = { namespace: string; pod: string; podUid: string; resource: Resource };

/** One page of pods is in memory, and a batch of events. @returns how many were sent. */
async function sendFor(
  { kube, policy, send, log }: Effects,
  scope: Scope,
  resourcesOf: (pod: ObjectMetadata) => readonly Resource[],
  toEvent: (about: About) => Event,
): Promise<number> {
  if (send === null) {
    throw new TransientError("SINK_MISSING", "K_SINK is not set: what is found cannot be sent");
  }
  let sent = 0;
  const onRestart = (): void => log.warn({ scope }, "list restarted");
  for await (const page of listPods(kube, scope, { onRestart })) {
    const due = page.flatMap((pod): About[] => {
      const { namespace = "", name, uid } = pod;
      if (isProtected(namespace, policy)) return [];
      return resourcesOf(pod).map((resource) => ({ namespace, pod: name, podUid: uid, resource }));
    });
    await sendAll(send, due, toEvent);
    sent += due.length;
  }
  return sent;
}

function timeOf({ time }: Event): { time?: string } {
  return time === undefined ? {} : { time };
}
