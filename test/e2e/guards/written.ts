import type { Lab } from "./lab.ts";
import type { Manifest } from "./row.ts";

/** What an action may write to. */
const WRITTEN = [
  "/api/v1/pods",
  "/api/v1/persistentvolumeclaims",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/statefulsets",
  "/apis/apps/v1/daemonsets",
];

/**
 * All that an action may write to, of a whole cluster, without what only the cluster says of it: a
 * kubelet looks at a pod again when it likes, and writes that down.
 */
export async function readWritten(lab: Lab): Promise<Manifest[]> {
  const objects = (await Promise.all(WRITTEN.map((path) => lab.list(path)))).flat();
  return objects.map(({ status: _status, ...object }) => {
    const { resourceVersion: _version, managedFields, ...metadata } = object.metadata;
    return { ...object, metadata: { ...metadata, managedFields: ofSpecs(managedFields) } };
  });
}

function ofSpecs(managedFields: unknown) {
  const entries = (managedFields ?? []) as { subresource?: string }[];
  return entries.filter(({ subresource }) => subresource !== "status");
}

export function within(objects: readonly Manifest[], namespace: string): Manifest[] {
  return objects.filter(({ metadata }) => metadata.namespace === namespace);
}
