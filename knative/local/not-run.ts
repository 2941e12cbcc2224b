import { isOnlyKept } from "./cluster/inert-kinds.ts";
import { resourceOf } from "./cluster/resources.ts";
import type { Located } from "./manifests/load.ts";

/**
 * The kinds that nothing here acts on: neither the runtime, nor a simulated cluster, which keeps
 * some of them. Each once, with its API version and how many there are: "EventType (eventing.knative.dev/v1beta3)".
 * `others` are the objects that the runtime does not run itself; what moves events and cannot be run
 * is no such object, but a fault. Pure.
 */
export function notRunKinds(others: readonly Located[], hasCluster: boolean): string[] {
  const counts = new Map<string, number>();
  for (const { object } of others) {
    const resource = hasCluster ? resourceOf(object) : undefined;
    if (resource !== undefined && !isOnlyKept(resource)) continue;
    const kind = `${object.kind} (${object.apiVersion})`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([kind, count]) => (count === 1 ? kind : `${count} × ${kind}`));
}
