import { counted } from "../../shared/counted.ts";
import { TransientError } from "../../shared/errors.ts";
import { deriveId, type Event } from "../../shared/events/contract.ts";
import { RevertDue, type RevertRequest } from "../../shared/events/order.ts";
import { type Review, ReviewDue } from "../../shared/events/review.ts";
import type { Outcome } from "../../shared/function.ts";
import { KubeError } from "../../shared/kube/error.ts";
import type { ObjectMetadata } from "../../shared/kube/list.ts";
import { isProtected } from "../../shared/opt-in.ts";
import { checkTarget } from "../../shared/order-target.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import {
  parseResized,
  parseReviews,
  RESIZED_LABEL,
  REVIEW_LABEL,
} from "../../shared/review-labels.ts";
import type { Scope } from "./contract.ts";
import type { Effects } from "./effects.ts";
import { type Collection, listScoped, PODS } from "./scan.ts";
import { sendAll } from "./send-all.ts";
import { LEVELS } from "./workload-kinds.ts";

/** What is only ever made by one of the others, and not changed itself. */
const UNCHANGED: ReadonlySet<string> = new Set(["Job", "Revision", "Configuration"]);
/** Workloads that can be changed, and so may be due. A claim never is: it cannot shrink again. */
const WORKLOADS = LEVELS.flat().filter(({ kind }) => !UNCHANGED.has(kind));

/**
 * Sends an event for each resource of a pod or a workload that is due to be looked at. The API server
 * picks them by label: with nothing open these are short answers, and nobody else is woken.
 */
export async function findReviews(effects: Effects, cause: Event): Promise<Outcome> {
  const nowSeconds = effects.clock() / 1000;
  const sent = await sendForAll(
    effects,
    { namespaces: [], selector: REVIEW_LABEL },
    ({ labels = {} }) =>
      [...parseReviews(labels[REVIEW_LABEL])]
        .filter(([, atSeconds]) => atSeconds <= nowSeconds)
        .map(([resource]) => resource),
    ({ uid, resource, subject, about }) =>
      ReviewDue.create({
        id: deriveId("review.due", cause.source, cause.id, uid, resource),
        subject,
        ...timeOf(cause),
        extensions: { partitionkey: subject },
        data: about,
      }),
  );
  return {
    kind: "reviewed",
    reason: `${counted(sent, "change or proposal is", "changes and proposals are")} due`,
  };
}

/**
 * Sends an event for each resource that a pod or a workload within the scope was changed in. Whether
 * a pod belongs to the workload that is meant is seen by who reads the pod anyway.
 * @throws PermanentError for a target that cannot be.
 */
export async function findReverts(
  effects: Effects,
  cause: Event<RevertRequest> & { data: RevertRequest },
): Promise<Outcome> {
  const { target, by, note } = cause.data;
  checkTarget(target);
  const requestedAt = cause.time ?? new Date(effects.clock()).toISOString();
  const sent = await sendForAll(
    effects,
    {
      namespaces: target.scope === "all" ? [] : [target.namespace],
      selector: RESIZED_LABEL,
    },
    ({ labels = {} }) => parseResized(labels[RESIZED_LABEL]),
    ({ uid, resource, subject, about }) =>
      RevertDue.create({
        id: deriveId("revert.due", cause.source, cause.id, uid, resource),
        subject,
        ...timeOf(cause),
        extensions: { partitionkey: subject },
        data: { ...about, target, requestedAt, by, ...(note === undefined ? {} : { note }) },
      }),
  );
  return { kind: "found", reason: `${counted(sent, "changed resource")}, asked back by ${by}` };
}

type Found = { uid: string; resource: Resource; subject: string; about: Review };

/** @returns how many events were sent, of pods and of workloads. */
async function sendForAll(
  effects: Effects,
  scope: Scope,
  resourcesOf: (object: ObjectMetadata) => readonly Resource[],
  toEvent: (found: Found) => Event,
): Promise<number> {
  const sent = await Promise.all([
    sendFor(effects, { ...PODS, scope }, resourcesOf, (named, resource) => {
      const { namespace, name, uid } = named;
      const about = { namespace, pod: name, podUid: uid, resource };
      return toEvent({ uid, resource, subject: `${namespace}/${name}`, about });
    }),
    ...WORKLOADS.map(({ apiVersion, kind, collection }) =>
      sendFor(effects, { ...collection, scope }, resourcesOf, (named, resource) => {
        const { namespace, name, uid } = named;
        const workload = { apiVersion, kind, namespace, name };
        const subject = `${namespace}/${kind}/${name}`;
        return toEvent({ uid, resource, subject, about: { workload, uid, resource } });
      }),
    ),
  ]);
  return sent.reduce((sum, count) => sum + count, 0);
}

/**
 * One page of objects is in memory, and a batch of events; none of a kind that the cluster does not
 * have. @returns how many were sent.
 */
async function sendFor(
  { kube, policy, send, log }: Effects,
  { scope, ...collection }: Collection & { scope: Scope },
  resourcesOf: (object: ObjectMetadata) => readonly Resource[],
  toEvent: (named: { namespace: string; name: string; uid: string }, resource: Resource) => Event,
): Promise<number> {
  if (send === null) {
    throw new TransientError("SINK_MISSING", "K_SINK is not set: what is found cannot be sent");
  }
  let sent = 0;
  const onRestart = (): void => log.warn({ scope }, "list restarted");
  try {
    for await (const page of listScoped(kube, collection, scope, { onRestart })) {
      const due = page.flatMap((object) => {
        const { namespace = "", name, uid } = object;
        if (isProtected(namespace, policy)) return [];
        const named = { namespace, name, uid };
        return resourcesOf(object).map((resource) => ({ named, resource }));
      });
      await sendAll(send, due, (each) => toEvent(each.named, each.resource));
      sent += due.length;
    }
  } catch (error) {
    if (!(error instanceof KubeError) || error.httpStatus !== 404) throw error;
  }
  return sent;
}

function timeOf({ time }: Event): { time?: string } {
  return time === undefined ? {} : { time };
}
