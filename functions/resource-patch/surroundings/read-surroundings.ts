import type { V1LimitRange, V1PodDisruptionBudget, V1ResourceQuota } from "@kubernetes/client-node";
import type { Owner } from "../../../shared/events/load.ts";
import type { Surroundings } from "../../../shared/events/surroundings.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import type { Recent } from "../../../shared/kube/recent.ts";
import { pathSegment } from "../../../shared/kube/path.ts";
import type { Pod } from "../pod-facts.ts";
import { budgetsOf } from "./disruption-budgets.ts";
import { limitsOf } from "./limit-ranges.ts";
import { listItems } from "./list-items.ts";
import { orUnknown } from "./optional-part.ts";
import { quotaLeft } from "./quotas.ts";
import { readAllNodes, readElsewhere, readNode } from "./read-nodes.ts";
import { readServerVersion } from "./server-version.ts";
import { readVolumes, type VolumeUse } from "./volumes.ts";
import { type ReadWorkload, readWorkloadObject } from "./read-workload-object.ts";

/** Quotas move with every pod of the namespace. */
const NAMESPACE_KEEP_MS = 2_000;

/**
 * Reads what the cluster says around a pod, all side by side: 9 requests and one for each claim
 * and class for the first pod; 1 and the claims for the next on the same node and namespace within
 * two seconds. What may not be read is null. Room on other nodes is only looked for when something
 * may be done that needs it (`mayMove`): it takes a list of all pods.
 * @throws KubeError for transient faults, as the client does.
 */
export async function readSurroundings(
  { kube, recent }: { kube: KubeClient; recent: Recent },
  pod: Pod,
  {
    owner,
    mayMove,
    isRoomNeeded = false,
    workload: asked = readWorkloadObject(kube, pod, owner),
    volumeUse = () => Promise.resolve(new Map()),
  }: {
    owner: Owner;
    mayMove: boolean;
    /** Nothing can be done without knowing that room: it is waited for. */
    isRoomNeeded?: boolean;
    /** When it is read already. */
    workload?: Promise<ReadWorkload | null>;
    /** Absent: no claim is measured. */
    volumeUse?: VolumeUse;
  },
): Promise<Surroundings> {
  const shared = readShared({ kube, recent }, pod);
  const [serverVersion, node, otherNodesFree, ranges, quotas, budgets, workload, volumes] =
    await Promise.all([
      shared.serverVersion,
      shared.node,
      mayMove ? orUnknown(readElsewhere(kube, recent, pod, isRoomNeeded)) : null,
      shared.ranges,
      shared.quotas,
      shared.budgets,
      asked,
      orUnknown(readVolumes(kube, recent, pod, volumeUse)),
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
    workload: workload?.facts ?? null,
    volumes,
  };
}

/**
 * Asks for what `readSurroundings` will need whoever owns the pod, so that it finds it asked for;
 * `mayMove` as there. What goes wrong is said there.
 */
export function beginSurroundings(
  deps: { kube: KubeClient; recent: Recent },
  pod: Pod,
  { mayMove }: { mayMove: boolean },
): void {
  const elsewhere = mayMove ? readAllNodes(deps.kube, deps.recent) : null;
  void Promise.allSettled([...Object.values(readShared(deps, pod)), elsewhere]);
}

/** What pods of one node and namespace share, read once for all that ask within two seconds. */
function readShared({ kube, recent }: { kube: KubeClient; recent: Recent }, pod: Pod) {
  const namespace = pathSegment(pod.metadata.namespace);
  const listed = <T>(group: string, plural: string): Promise<T[] | null> => {
    const path = `/${group}/namespaces/${namespace}/${plural}`;
    const read = () => listItems(kube, path, (item: T) => item);
    return orUnknown(recent.read(`${path} around a pod`, read, NAMESPACE_KEEP_MS));
  };
  return {
    serverVersion: orUnknown(readServerVersion(kube, recent)),
    node: orUnknown(readNode(kube, recent, pod)),
    ranges: listed<V1LimitRange>("api/v1", "limitranges"),
    quotas: listed<V1ResourceQuota>("api/v1", "resourcequotas"),
    budgets: listed<V1PodDisruptionBudget>("apis/policy/v1", "poddisruptionbudgets"),
  };
}
