import type { Lab, Live } from "./lab.ts";

/** What an action may write to. */
const WRITTEN = [
  "/api/v1/pods",
  "/api/v1/persistentvolumeclaims",
  "/apis/apps/v1/deployments",
  "/apis/apps/v1/statefulsets",
  "/apis/apps/v1/daemonsets",
];

/** All that an action may write to, of a whole cluster. */
export async function readWritten(lab: Lab): Promise<Live[]> {
  return (await Promise.all(WRITTEN.map((path) => lab.list(path)))).flat();
}

export function within(objects: readonly Live[], namespace: string): Live[] {
  return objects.filter(({ metadata }) => metadata.namespace === namespace);
}
