import type { V1PersistentVolumeClaim, V1StorageClass } from "@kubernetes/client-node";
import type { VolumeFacts } from "../../../shared/events/surroundings.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { pathSegment } from "../../../shared/kube/path.ts";
import { parseMemoryBytes } from "../../../shared/quantity.ts";
import type { Pod } from "../pod-facts.ts";
import type { Recent } from "../../../shared/kube/recent.ts";

/** Classes are set up once. */
const CLASS_KEEP_MS = 60_000;

/** The claims that a pod mounts; a claim of an ephemeral volume is named after pod and volume. */
function claimsOf({ metadata, spec }: Pod): string[] {
  const names = (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName];
    return ephemeral === undefined ? [] : [`${metadata.name}-${name}`];
  });
  return [...new Set(names)];
}

/** Each claim of the pod, and whether its class lets it grow. A claim that has gone is left out. */
export async function readVolumes(
  kube: KubeClient,
  recent: Recent,
  pod: Pod,
): Promise<VolumeFacts[]> {
  const found = await Promise.all(
    claimsOf(pod).map(async (name) => {
      const namespace = pathSegment(pod.metadata.namespace);
      const claim = await gone(
        kube.request<V1PersistentVolumeClaim>({
          method: "GET",
          path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${pathSegment(name)}`,
        }),
      );
      if (claim === null) return null;
      const className = claim.spec?.storageClassName || null;
      const storageClass = className === null ? null : await readClass(kube, recent, className);
      return volumeFacts(name, claim, storageClass);
    }),
  );
  return found.filter((each) => each !== null);
}

function volumeFacts(
  name: string,
  { spec, status }: V1PersistentVolumeClaim,
  storageClass: V1StorageClass | null,
): VolumeFacts {
  const condition = status?.conditions?.find((each) => each.status === "True");
  return {
    claim: name,
    storageClass: spec?.storageClassName || null,
    requestedBytes: parseMemoryBytes(spec?.resources?.requests?.["storage"] ?? 0),
    capacityBytes: parseMemoryBytes(status?.capacity?.["storage"] ?? 0),
    // The API does not say it; kubelet_volume_stats_used_bytes would.
    usedBytes: null,
    allowsExpansion: storageClass?.allowVolumeExpansion === true,
    condition: condition?.type ?? null,
  };
}

function readClass(kube: KubeClient, recent: Recent, name: string): Promise<V1StorageClass | null> {
  const path = `/apis/storage.k8s.io/v1/storageclasses/${pathSegment(name)}`;
  const read = () => gone(kube.request<V1StorageClass>({ method: "GET", path }));
  return recent.read(path, read, CLASS_KEEP_MS);
}

async function gone<T>(object: Promise<T>): Promise<T | null> {
  try {
    return await object;
  } catch (error) {
    if (error instanceof KubeError && error.httpStatus === 404) return null;
    throw error;
  }
}
