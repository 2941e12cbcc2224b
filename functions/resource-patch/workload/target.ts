import type { Owner } from "../../../shared/events/load.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { pathSegment } from "../../../shared/kube/path.ts";
import { kindOf } from "./kinds.ts";

/** A workload or claim, as far as a change of it has to look. */
export type Target = {
  metadata: {
    namespace: string;
    name: string;
    uid: string;
    resourceVersion: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: { replicas?: number; [field: string]: unknown };
  status?: { [field: string]: unknown };
};

/**
 * The path of a workload or a claim.
 * @returns null for a kind that we do not write.
 * @throws PermanentError INVALID_NAME for a name that is none.
 */
export function targetPath({ apiVersion, kind, namespace, name }: Owner): string | null {
  const inNamespace = `namespaces/${pathSegment(namespace)}`;
  if (apiVersion === "v1" && kind === "PersistentVolumeClaim") {
    return `/api/v1/${inNamespace}/persistentvolumeclaims/${pathSegment(name)}`;
  }
  const known = kindOf({ apiVersion, kind });
  return known === null
    ? null
    : `/apis/${apiVersion}/${inNamespace}/${known.plural}/${pathSegment(name)}`;
}

/** null when there is no such object. */
export async function readTarget(kube: KubeClient, path: string): Promise<Target | null> {
  try {
    return await kube.request<Target>({ method: "GET", path });
  } catch (error) {
    if (error instanceof KubeError && error.httpStatus === 404) return null;
    throw error;
  }
}
