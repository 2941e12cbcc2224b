import type { V1Node, V1Pod } from "@kubernetes/client-node";
import type { Amounts, NodeFacts } from "../../../shared/events/surroundings.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { pathSegment } from "../../../shared/kube/path.ts";
import type { Pod } from "../pod-facts.ts";
import { listItems } from "./list-items.ts";
import { freeElsewhere, nodeFacts, type Taken } from "./node-facts.ts";
import { isOver, podRequest } from "./pod-request.ts";
import type { Recent } from "../../../shared/kube/recent.ts";

/** A node's sums in a storm: short enough that a pod started since is seen by the next decision. */
const NODE_KEEP_MS = 2_000;
/** All nodes: it says whether moving would help, not how much fits; a list of all pods costs. */
const CLUSTER_KEEP_MS = 15_000;
/**
 * How long an alert waits for the list of all pods: a resize has to be there within two seconds, and
 * 5,000 pods are 38 MB. What comes later serves those after it.
 */
const CLUSTER_PATIENCE_MS = 400;
/**
 * How long a change waits for it that was decided by it: without it the change would be dropped, and
 * it is no relief in place. In the time that the broker gives a delivery.
 */
const CHANGE_PATIENCE_MS = 10_000;
/** For an answer that came while this process did something else. */
const GRACE_MS = 100;

/** When a list was begun: who asks while it is long under way does not wait for it again. */
const begunMs = new WeakMap<Promise<unknown>, number>();

/** null for a pod that no node has yet. Two requests, or none within two seconds. */
export async function readNode(
  kube: KubeClient,
  recent: Recent,
  pod: Pod,
): Promise<NodeFacts | null> {
  const name = pod.spec?.nodeName;
  if (name === undefined) return null;
  const [node, taken] = await recent.read(
    `node ${name}`,
    () =>
      Promise.all([
        kube.request<V1Node>({ method: "GET", path: `/api/v1/nodes/${pathSegment(name)}` }),
        listTaken(kube, `spec.nodeName=${pathSegment(name)}`),
      ]),
    NODE_KEEP_MS,
  );
  return nodeFacts(pod, node, taken);
}

/** A page of 500 nodes and of 500 pods for each request, once in 15 seconds. */
export function readAllNodes(kube: KubeClient, recent: Recent): Promise<[V1Node[], Taken[]]> {
  const reading = recent.read(
    "nodes",
    () =>
      Promise.all([
        listItems(kube, "/api/v1/nodes", slim),
        // Without those that wait for a node, and those that have ended.
        listTaken(kube, "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"),
      ]),
    CLUSTER_KEEP_MS,
  );
  if (!begunMs.has(reading)) begunMs.set(reading, performance.now());
  return reading;
}

/** @returns null when the lists take longer than an alert can wait, or a change that needs them. */
export async function readElsewhere(
  kube: KubeClient,
  recent: Recent,
  pod: Pod,
  isNeeded: boolean,
): Promise<Amounts[] | null> {
  const reading = readAllNodes(kube, recent);
  const nowMs = performance.now();
  const sinceMs = begunMs.get(reading) ?? nowMs;
  const patienceMs = isNeeded ? CHANGE_PATIENCE_MS : CLUSTER_PATIENCE_MS;
  const known = await within(reading, Math.max(0, sinceMs + patienceMs - nowMs));
  return known === null ? null : freeElsewhere(pod, ...known);
}

async function listTaken(kube: KubeClient, fieldSelector: string): Promise<Taken[]> {
  const toTaken = (pod: V1Pod) => (isOver(pod) ? null : taken(pod));
  const found = await listItems(kube, "/api/v1/pods", toTaken, { fieldSelector });
  return found.filter((each) => each !== null);
}

function taken(pod: V1Pod): Taken {
  const { nodeName = "", priority = 0 } = pod.spec ?? {};
  return { node: nodeName, priority, request: podRequest(pod) };
}

/** A node lists the images it has: most of its bytes. */
function slim({ metadata, spec, status }: V1Node): V1Node {
  const { name, labels } = metadata ?? {};
  const { allocatable, conditions } = status ?? {};
  return {
    metadata: { ...(name === undefined ? {} : { name }), ...(labels ? { labels } : {}) },
    ...(spec === undefined ? {} : { spec }),
    status: { ...(allocatable ? { allocatable } : {}), ...(conditions ? { conditions } : {}) },
  };
}

function within<T>(value: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    let dueMs = performance.now() + ms;
    const expire = (): void => {
      // We were busy ourselves: the answer may be there, waiting to be read.
      if (performance.now() - dueMs <= GRACE_MS) return resolve(null);
      dueMs = performance.now() + GRACE_MS;
      timer = setTimeout(expire, GRACE_MS);
    };
    let timer = setTimeout(expire, ms);
    value.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
