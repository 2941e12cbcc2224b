import type { Owner } from "../../../shared/events/load.ts";
import type { Surroundings } from "../../../shared/events/surroundings.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { pathSegment } from "../../../shared/kube/path.ts";
import type { Pod } from "../pod-facts.ts";
import { groupOf, workloadFacts, type WorkloadObject } from "./rollout.ts";

const PLURALS: ReadonlyMap<string, string> = new Map([
  ["apps Deployment", "deployments"],
  ["apps StatefulSet", "statefulsets"],
  ["apps DaemonSet", "daemonsets"],
  ["apps ReplicaSet", "replicasets"],
  ["batch Job", "jobs"],
  ["batch CronJob", "cronjobs"],
  ["argoproj.io Rollout", "rollouts"],
  ["serving.knative.dev Service", "services"],
]);

/** A version comes from an ownerReference, and goes into a path. */
const VERSION = /^v[0-9]{1,3}(?:(?:alpha|beta)[0-9]{1,3})?$/;

/** The workload at the end of the owner chain; null for a kind that we cannot read. */
export async function readWorkloadFacts(
  kube: KubeClient,
  pod: Pod,
  owner: Owner,
): Promise<Surroundings["workload"]> {
  if (owner.apiVersion === "v1" && owner.kind === "Pod") {
    return workloadFacts(owner, { metadata: pod.metadata });
  }
  const plural = PLURALS.get(`${groupOf(owner.apiVersion)} ${owner.kind}`);
  const version = owner.apiVersion.slice(owner.apiVersion.indexOf("/") + 1);
  if (plural === undefined || !VERSION.test(version)) return null;
  const namespace = pathSegment(owner.namespace);
  const object = await kube.request<WorkloadObject>({
    method: "GET",
    path: `/apis/${owner.apiVersion}/namespaces/${namespace}/${plural}/${pathSegment(owner.name)}`,
  });
  return workloadFacts(owner, object);
}
