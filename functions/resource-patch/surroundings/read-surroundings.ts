import type { V1LimitRange, V1PodDisruptionBudget, V1ResourceQuota } from "@kubernetes/client-node";
import type { Owner } from "../../../shared/events/load.ts";
import type { Surroundings } from "../../../shared/events/surroundings.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { pathSegment } from "../../../shared/kube/path.ts";
import type { Pod } from "../pod-facts.ts";
import { budgetsOf } from "./disruption-budgets.ts";
import { limitsOf } from "./limit-ranges.ts";
import { listItems } from "./list-items.ts";
import { orUnknown } from "./optional-part.ts";
import { quotaLeft } from "./quotas.ts";
import { readElsewhere, readNode } from "./read-nodes.ts";
import { createRecent, type Recent } from "./recent.ts";
import { readServerVersion } from "./server-version.ts";
import { readVolumes } from "./volumes.ts";
import { readWorkloadFacts } from "./read-workload-facts.ts";

/** Quotas move with every pod of the namespace. */
const NAMESPACE_KEEP_MS = 2_000;

/** Each client has what it was answered of late: another may be another cluster's, or account's. */
const recents = new WeakMap<KubeClient, Recent>();

/**
 * Reads what the cluster says around a pod, all side by side: 9 requests and one for each claim
 * and class for the first pod; 1 and the claims for the next on the same node and namespace within
 * two seconds. What may not be read is null.
 * @throws KubeError for transient faults, as the client does.
 */
export async function readSurroundings(
  kube: KubeClient,
  pod: Pod,
  { owner }: { owner: Owner },
): Promise<Surroundings> {
  const recent = recents.get(kube) ?? createRecent(() => performance.now());
  recents.set(kube, recent);
  const namespace = pathSegment(pod.metadata.namespace);
  const listed = <T>(group: string, plural: string): Promise<T[] | null> => {
    const path = `/${group}/namespaces/${namespace}/${plural}`;
    const read = () => listItems(kube, path, (item: T) => item);
    return orUnknown(recent(path, NAMESPACE_KEEP_MS, read));
  };
  const [serverVersion, node, otherNodesFree, ranges, quotas, budgets, workload, volumes] =
    await Promise.all([
      orUnknown(readServerVersion(kube, recent)),
      orUnknown(readNode(kube, recent, pod)),
      orUnknown(readElsewhere(kube, recent, pod)),
      listed<V1LimitRange>("api/v1", "limitranges"),
      listed<V1ResourceQuota>("api/v1", "resourcequotas"),
      listed<V1PodDisruptionBudget>("apis/policy/v1", "poddisruptionbudgets"),
      orUnknown(readWorkloadFacts(kube, pod, owner)),
      orUnknown(readVolumes(kube, recent, pod)),
    ]);
  const podLimits = ranges && limitsOf(ranges, "Pod");
  return {
    serverVersion,
    node,
    otherNodesFree,
    containerLimits: ranges && limitsOf(ranges, "Container"),
    podLimits: podLimits && { min: podLimits.min, max: podLimits.max },
    quota: quotas && quotaLeft(pod, quotas),
    disruptionBudgets: budgets && budgetsOf(pod, budgets),
    workload,
    volumes,
  };
}
