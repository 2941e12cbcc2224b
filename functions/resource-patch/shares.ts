import type { ContainerChange, Share } from "../../shared/events/change.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { parseCpuMillis, parseMemoryBytes } from "../../shared/quantity.ts";
import type { Pod } from "./pod-facts.ts";

/** Whether the containers of a pod ask for exactly one side of the changes. */
export function hasShares(
  spec: Pod["spec"],
  resource: Resource,
  changes: readonly ContainerChange[],
  side: "before" | "after",
): boolean {
  return changes.every((change) => {
    const containers = change.kind === "sidecar" ? spec?.initContainers : spec?.containers;
    const found = containers?.find(({ name }) => name === change.container)?.resources;
    const { request, limit } = change[side];
    return (
      isSame(found?.requests?.[resource], request, resource) &&
      isSame(found?.limits?.[resource], limit, resource)
    );
  });
}

/** Whether two shares are worth the same. */
export function isSameShare(a: Share, b: Share, resource: Resource): boolean {
  return (
    isSame(a.request ?? undefined, b.request, resource) &&
    isSame(a.limit ?? undefined, b.limit, resource)
  );
}

/** Compared by what they are worth: the server writes 2000m as 2. */
function isSame(actual: string | undefined, wanted: string | null, resource: Resource): boolean {
  if (actual === undefined || wanted === null) return actual === undefined && wanted === null;
  const parse = resource === "cpu" ? parseCpuMillis : parseMemoryBytes;
  return parse(actual) === parse(wanted);
}
