import type { Owner } from "../../../shared/events/load.ts";
import type { Surroundings } from "../../../shared/events/surroundings.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { pathSegment } from "../../../shared/kube/path.ts";
import type { Labels } from "../../../shared/opt-in.ts";
import type { Pod } from "../pod-facts.ts";
import { orUnknown } from "./optional-part.ts";
import { kindOf } from "../workload/kinds.ts";
import { workloadFacts, type WorkloadObject } from "./rollout.ts";

/** What is known of a workload, and what it was annotated with: our own record of changes is there. */
export type ReadWorkload = {
  facts: Surroundings["workload"];
  annotations: Readonly<Record<string, string>>;
  /** Of the pods it makes; none where it makes them otherwise. */
  templateLabels: Labels;
  /** null for the pod itself. */
  uid: string | null;
};

/** The workload at the end of the owner chain; null for a kind that we cannot read, or may not. */
export async function readWorkloadObject(
  kube: KubeClient,
  pod: Pod,
  owner: Owner,
): Promise<ReadWorkload | null> {
  if (owner.apiVersion === "v1" && owner.kind === "Pod") {
    const facts = workloadFacts(owner, { metadata: pod.metadata });
    return { facts, annotations: {}, templateLabels: {}, uid: null };
  }
  const object = await fetchWorkload(kube, owner);
  return object && toReadWorkload(owner, object);
}

/** null for a kind that we cannot read, or may not, and for what does not exist. */
export async function fetchWorkload(
  kube: KubeClient,
  owner: Owner,
): Promise<WorkloadObject | null> {
  const plural = kindOf(owner)?.plural;
  if (plural === undefined) return null;
  const namespace = pathSegment(owner.namespace);
  const path = `/apis/${owner.apiVersion}/namespaces/${namespace}/${plural}/${pathSegment(owner.name)}`;
  return await orUnknown(kube.request<WorkloadObject>({ method: "GET", path }));
}

export function toReadWorkload(owner: Owner, object: WorkloadObject): ReadWorkload {
  const { annotations = {}, uid = null } = object.metadata;
  const templateLabels = templateOf(object)?.metadata?.labels ?? {};
  return { facts: workloadFacts(owner, object), annotations, templateLabels, uid };
}

/** A CronJob has its template one level further down. */
function templateOf({ spec }: WorkloadObject) {
  return spec?.template ?? spec?.jobTemplate?.spec?.template;
}
