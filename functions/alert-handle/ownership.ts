import type { KubeClient } from "../../shared/kube/client.ts";
import { readNamespace } from "../../shared/kube/namespaces.ts";
import { readWorkload } from "../../shared/kube/owners.ts";
import type { PodMetadata } from "../../shared/kube/pods.ts";
import type { Recent } from "../../shared/kube/recent.ts";
import { isManaged, type Labels, slaClassOf } from "../../shared/opt-in.ts";
import type { Policy } from "../../shared/policy.ts";
import type { Change } from "./decide.ts";
import type { Ownership } from "./reply.ts";

/** Whose a pod is, whether it has opted in, and its class, with its labels as `change` leaves them. */
export async function readOwnership(
  { kube, policy, recent }: { kube: KubeClient; policy: Policy; recent: Recent },
  pod: PodMetadata,
  change: Change | null,
): Promise<Ownership> {
  const podLabels = labelsAfter(pod.labels ?? {}, change);
  const [workload, namespace] = await Promise.all([
    readWorkload(kube, pod, recent),
    readNamespace(kube, pod.namespace, recent),
  ]);
  const workloadLabels = workload.owner.kind === "Pod" ? podLabels : workload.labels;
  const namespaceLabels = namespace.labels ?? {};
  return {
    owner: workload.owner,
    managed: isManaged([podLabels, workloadLabels], policy),
    slaClass: slaClassOf({ podLabels, workloadLabels, namespaceLabels }, policy),
  };
}

function labelsAfter(labels: Labels, change: Change | null): Labels {
  const after = new Map(Object.entries(labels));
  for (const [key, value] of Object.entries(change?.labels ?? {})) {
    if (value === null) after.delete(key);
    else after.set(key, value);
  }
  return Object.fromEntries(after);
}
