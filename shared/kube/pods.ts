import type { KubeClient } from "./client.ts";
import { pathSegment } from "./path.ts";

/** The part of a pod that says who it is. Never its spec: metadata is a sixth of the bytes. */
export type PodMetadata = {
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
  }[];
  deletionTimestamp?: string;
};

type PartialPod = { metadata: PodMetadata };

/** The API server strips the rest; one that cannot answers the whole pod, which fits as well. */
const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/**
 * Reads a pod's metadata.
 * @throws PermanentError INVALID_NAME when a name is none Kubernetes could have given.
 * @throws KubeError 404 when there is no such pod.
 */
export async function readPodMetadata(
  kube: KubeClient,
  namespace: string,
  name: string,
): Promise<PodMetadata> {
  const { metadata } = await kube.request<PartialPod>({
    method: "GET",
    path: podPath(namespace, name),
    accept: `${METADATA_ONLY}, application/json`,
  });
  return metadata;
}

/** What to change; null removes a key, absent keys stay as they are. */
export type PodMetadataChange = {
  labels: Record<string, string | null>;
  annotations: Record<string, string | null>;
};

/**
 * Changes labels and annotations of exactly the pod that was read, in one merge patch.
 * @throws KubeError 409 when the pod has changed since, 404 or 422 when it was replaced.
 */
export async function patchPodMetadata(
  kube: KubeClient,
  pod: PodMetadata,
  change: PodMetadataChange,
): Promise<void> {
  const { uid, resourceVersion } = pod;
  await kube.request<unknown>({
    method: "PATCH",
    path: podPath(pod.namespace, pod.name),
    contentType: "application/merge-patch+json",
    accept: `${METADATA_ONLY}, application/json`,
    body: { metadata: { uid, resourceVersion, ...change } },
  });
}

function podPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${pathSegment(namespace)}/pods/${pathSegment(name)}`;
}
