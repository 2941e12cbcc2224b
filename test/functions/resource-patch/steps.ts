import assert from "node:assert/strict";
import type { Context } from "../../../functions/resource-patch/context.ts";
import { handleDecision } from "../../../functions/resource-patch/handle-decision.ts";
import { handleLoad } from "../../../functions/resource-patch/handle-load.ts";
import { handleReview } from "../../../functions/resource-patch/handle-review.ts";
import type { Event } from "../../../shared/events/contract.ts";
import { DecisionRecord } from "../../../shared/events/decided.ts";
import { ResourcesSettled, type Settlement } from "../../../shared/events/settled.ts";
import { ReviewDue } from "../../../shared/events/review.ts";
import type { Outcome } from "../../../shared/function.ts";
import type { KubeRequest } from "../../../shared/kube/client.ts";
import type { Resource } from "../../../shared/policy-schema.ts";
import type { Lab } from "./cluster.ts";
import type { Load } from "./high-load.ts";

/** The settlement that a handler answers. */
export function settlementOf({ reply, reason }: Outcome): Settlement {
  assert.ok(reply, reason);
  return ResourcesSettled.data.parse(reply.data);
}

/** A decision about a pod, as the broker brings it back. */
export async function decideOn(
  lab: Lab,
  name: string,
  fact?: Partial<Load>,
  context = lab.context,
): Promise<Event<DecisionRecord> & { data: DecisionRecord }> {
  const { reply } = await handleLoad(lab.load(name, fact), context);
  return { ...(reply as Event), data: DecisionRecord.parse(reply?.data) };
}

/** Decides and carries out. */
export async function resize(lab: Lab, name: string, fact?: Partial<Load>): Promise<Settlement> {
  return settlementOf(await handleDecision(await decideOn(lab, name, fact), lab.context));
}

/** The same context some seconds later. */
export function later(context: Context, seconds: number): Context {
  return { ...context, now: () => context.now() + seconds * 1000 };
}

/** What label-scan sends when a pod is due. */
export function review(
  lab: Lab,
  name: string,
  context: Context,
  { resource = "cpu" as Resource, id = `review-${name}` } = {},
): Promise<Outcome> {
  const { namespace, uid } = lab.pod(name).metadata;
  const data = { namespace, pod: name, podUid: uid, resource };
  return handleReview({ ...ReviewDue.create({ id, data }), data }, context);
}

/** Annotates and labels a pod as kubectl does; null takes a key away. */
export async function mark(
  { context }: Lab,
  name: string,
  metadata: {
    annotations?: Record<string, string | null>;
    labels?: Record<string, string | null>;
  },
): Promise<void> {
  await context.kube.request({
    method: "PATCH",
    path: `/api/v1/namespaces/shop/pods/${name}`,
    contentType: "application/merge-patch+json",
    body: { metadata },
  });
}

/** The CPU of the first container. */
export function cpuOf(lab: Lab, name: string): { limit?: string; request?: string } {
  const { limits, requests } = lab.pod(name).spec?.containers[0]?.resources ?? {};
  return {
    ...(limits?.["cpu"] === undefined ? {} : { limit: limits["cpu"] }),
    ...(requests?.["cpu"] === undefined ? {} : { request: requests["cpu"] }),
  };
}

/** Somebody else gives a container another CPU limit. */
export async function editCpu({ context }: Lab, name: string, limit: string): Promise<void> {
  await context.kube.request({
    method: "PATCH",
    path: `/api/v1/namespaces/shop/pods/${name}/resize`,
    contentType: "application/strategic-merge-patch+json",
    body: { spec: { containers: [{ name: "app", resources: { limits: { cpu: limit } } }] } },
  });
}

/**
 * A context whose API answers some requests and then is gone, before it has done the next one or
 * after: as if the process were killed there.
 */
export function cut(
  context: Context,
  count: number,
  side: "before" | "after",
): { context: Context; requests: KubeRequest[] } {
  const requests: KubeRequest[] = [];
  const kube: Context["kube"] = {
    namespace: "default",
    async request<T>(request: KubeRequest): Promise<T> {
      requests.push(request);
      const isLast = requests.length === count + 1;
      if (requests.length > count && !(isLast && side === "after")) throw new Error("killed");
      const answer = await context.kube.request<T>(request);
      if (isLast) throw new Error("killed");
      return answer;
    },
    close: () => Promise.resolve(),
  };
  return { context: { ...context, kube, canResize: () => Promise.resolve(true) }, requests };
}
