import { KubeError } from "../../../shared/kube/error.ts";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";

type Meta = {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  ownerReferences?: {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller: boolean;
  }[];
};
type Stored = { apiVersion: string; kind: string; metadata: Meta };

/**
 * A Kubernetes API of a few objects: reads, and merge patches of metadata with the guards of the
 * real one (409 for another resourceVersion, 422 for another uid). `before` runs ahead of each
 * request and may throw what the API would.
 */
export function createFakeKube(before: (request: KubeRequest) => void = () => {}) {
  const objects = new Map<string, Stored>();
  const requests: KubeRequest[] = [];
  const kube: KubeClient = {
    namespace: "default",
    async request<T>(request: KubeRequest): Promise<T> {
      requests.push(request);
      await new Promise(setImmediate);
      before(request);
      const found = objects.get(request.path);
      if (found === undefined) throw refusal(404, "NotFound");
      if (request.method === "PATCH") merge(found.metadata, request.body);
      return structuredClone(found) as T;
    },
    async close() {},
  };
  return {
    kube,
    requests,
    put: (path: string, object: Omit<Stored, "metadata">, metadata: Partial<Meta>) => {
      const full = { name: "", uid: "", resourceVersion: "1", labels: {}, annotations: {} };
      objects.set(path, { ...object, metadata: { ...full, ...metadata } });
    },
    remove: (path: string) => objects.delete(path),
    read: (path: string) => {
      const found = objects.get(path);
      if (found === undefined) throw new Error(`no ${path}`);
      return found.metadata;
    },
  };
}

function merge(stored: Meta, body: unknown): void {
  const { metadata } = body as {
    metadata: {
      uid: string;
      resourceVersion: string;
      labels: Record<string, string | null>;
      annotations: Record<string, string | null>;
    };
  };
  if (metadata.resourceVersion !== stored.resourceVersion) throw refusal(409, "Conflict");
  if (metadata.uid !== stored.uid) throw refusal(422, "Invalid");
  stored.resourceVersion = String(Number(stored.resourceVersion) + 1);
  for (const part of ["labels", "annotations"] as const) {
    for (const [key, value] of Object.entries(metadata[part])) {
      if (value === null) delete stored[part][key];
      else stored[part][key] = value;
    }
  }
}

export function refusal(httpStatus: number, reason: string): KubeError {
  return new KubeError({ httpStatus, reason, message: reason });
}
