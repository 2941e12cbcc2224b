import type { KubeClient } from "../../shared/kube/client.ts";

/**
 * Asks once whether the API server can resize pods in place (Kubernetes 1.33 and later); a yes is
 * remembered, for servers are not downgraded under a running function.
 */
export function createCapability(kube: KubeClient): () => Promise<boolean> {
  let isAble = false;
  return async () => {
    if (isAble) return true;
    const { resources } = await kube.request<{ resources: readonly { name: string }[] }>({
      method: "GET",
      path: "/api/v1",
    });
    isAble = resources.some(({ name }) => name === "pods/resize");
    return isAble;
  };
}
