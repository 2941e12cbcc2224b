import type { KubeClient, KubeRequest } from "./client.ts";

/**
 * The same client, where a GET joins an equal one that is under way: in a storm a hundred pods ask
 * for the labels of one namespace and one Deployment at once. Nothing is kept after the answer, so
 * that no answer is older than its request. For reads that are followed by no guarded write.
 */
export function joinReads(kube: KubeClient): Pick<KubeClient, "request"> {
  const underWay = new Map<string, Promise<unknown>>();
  return {
    request<T>(request: KubeRequest): Promise<T> {
      const { method, signal, pick } = request;
      // Whoever can give up, or keeps parts only, has an answer of its own.
      if (method !== "GET" || signal !== undefined || pick !== undefined) {
        return kube.request<T>(request);
      }
      const key = JSON.stringify([request.path, request.query ?? {}, request.accept ?? ""]);
      const found = underWay.get(key);
      if (found !== undefined) return found as Promise<T>;
      const asked = kube.request<T>(request).finally(() => underWay.delete(key));
      underWay.set(key, asked);
      return asked;
    },
  };
}
