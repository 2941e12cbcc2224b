import type { KubeClient } from "./client.ts";
import { KubeError } from "./error.ts";
import { pathSegment } from "./path.ts";
import type { Recent } from "./recent.ts";

/** What a namespace says of itself. */
export type NamespaceMetadata = {
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
};

const ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json";

/** Empty when the namespace has gone: then so has all that was in it. */
export async function readNamespace(
  kube: KubeClient,
  namespace: string,
  recent: Recent,
): Promise<NamespaceMetadata> {
  const path = `/api/v1/namespaces/${pathSegment(namespace)}`;
  return await recent.read(path, async () => {
    try {
      const { metadata } = await kube.request<{ metadata: NamespaceMetadata }>({
        method: "GET",
        path,
        accept: ACCEPT,
      });
      return metadata;
    } catch (error) {
      if (error instanceof KubeError && error.httpStatus === 404) return {};
      throw error;
    }
  });
}
