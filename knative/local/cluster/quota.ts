import type { KubeObject } from "./kube-object.ts";
import { claimLimitFaults, podLimitFaults } from "./limit-ranger.ts";
import { quotaFault } from "./resource-quota.ts";
import { persistentVolumeClaims, pods, resourceQuotas } from "./resources.ts";
import type { Resource } from "./resource.ts";
import { forbidden } from "./status-error.ts";
import type { Store } from "./store.ts";
import type { Pod } from "./workload-types.ts";

/**
 * LimitRanges and ResourceQuotas for a pod or a claim that is new or changed.
 * @throws StatusError 403 in the words of the admission plugins.
 */
export function checkQuota(
  store: Store,
  resource: Resource,
  before: KubeObject | undefined,
  after: KubeObject,
): void {
  const isPod = resource.storage === pods.storage;
  if (!isPod && resource.storage !== persistentVolumeClaims.storage) return;
  if (before !== undefined && before["spec"] === after["spec"]) return;
  const { namespace, name } = after.metadata;
  const faults = isPod ? podLimitFaults(store, after as Pod) : claimLimitFaults(store, after);
  if (faults.length > 0) {
    const why = faults.length === 1 ? String(faults[0]) : `[${faults.join(", ")}]`;
    throw forbidden(resource, name, why);
  }
  for (const quota of store.objects(resourceQuotas, namespace)) {
    const fault = quotaFault(store, resource, before, after, quota);
    if (fault !== null) throw forbidden(resource, name, fault);
  }
}
