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

const LIST_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const PAGE_SIZE = 500;
/** 2,000 pods with labels and annotations are a few megabytes. */
const MAX_PAGES = 4;
/** Kubernetes allows 256 KiB of annotations; pods with so many are worth a read of their own. */
const MAX_ANNOTATION_CHARACTERS = 8_192;

/** The metadata of the first 2,000 pods of a namespace by name, without those of long annotations. */
export async function listPodMetadata(
  kube: KubeClient,
  namespace: string,
): Promise<Map<string, PodMetadata>> {
  const pods = new Map<string, PodMetadata>();
  let next: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { items, metadata } = await kube.request<{
      metadata: { continue?: string };
      items: readonly (PodMetadata | null)[];
    }>({
      method: "GET",
      path: `/api/v1/namespaces/${pathSegment(namespace)}/pods`,
      accept: `${LIST_ONLY}, application/json`,
      pick: toBrief,
      query: { limit: String(PAGE_SIZE), ...(next === undefined ? {} : { continue: next }) },
    });
    for (const pod of items) if (pod !== null) pods.set(pod.name, pod);
    next = metadata.continue || undefined;
    if (next === undefined) break;
  }
  return pods;
}

/** Without who manages which field, which is most of it. */
function toBrief(item: unknown): PodMetadata | null {
  const { metadata } = item as PartialPod;
  const { namespace, name, uid, resourceVersion, labels, annotations, ownerReferences } = metadata;
  const length = Object.values(annotations ?? {}).reduce((sum, text) => sum + text.length, 0);
  if (length > MAX_ANNOTATION_CHARACTERS) return null;
  return {
    namespace,
    name,
    uid,
    resourceVersion,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  };
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
  await kube.request<void>({
    method: "PATCH",
    path: podPath(pod.namespace, pod.name),
    contentType: "application/merge-patch+json",
    accept: `${METADATA_ONLY}, application/json`,
    body: { metadata: { uid, resourceVersion, ...change } },
    discard: true,
  });
}

function podPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${pathSegment(namespace)}/pods/${pathSegment(name)}`;
}
