import type { KubeClient } from "../../shared/kube/client.ts";
import type { Pod } from "./pod-facts.ts";
import { labelsFor } from "./pod-labels.ts";
import { podPath } from "./situation.ts";

/**
 * Writes annotations (null takes one away) on exactly the pod that was read, with the labels that
 * follow from them.
 * @returns the pod as the server answers it.
 * @throws KubeError 409 when the pod has changed since, 404 when it has gone.
 */
export async function writePod(
  kube: KubeClient,
  { metadata }: Pod,
  annotations: Readonly<Record<string, string | null>>,
): Promise<Pod> {
  const { uid, resourceVersion } = metadata;
  const wanted = labelsFor({ ...metadata.annotations, ...annotations });
  // A null for what is not there would make `labels` of a pod that has none.
  const labels = Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => (metadata.labels?.[key] ?? null) !== value),
  );
  return await kube.request<Pod>({
    method: "PATCH",
    path: podPath(metadata),
    query: { fieldManager: "vigie" },
    contentType: "application/merge-patch+json",
    body: { metadata: { uid, resourceVersion, annotations, labels } },
  });
}
