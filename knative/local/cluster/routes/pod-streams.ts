import type { Resource } from "../resource.ts";
import { StatusError, notFound } from "../status-error.ts";
import type { Store } from "../store.ts";
import type { ObjectTarget } from "./object-target.ts";

/** Subresources that need containers that really run. */
const running = new Set(["log", "exec", "attach", "portforward", "proxy", "ephemeralcontainers"]);

export const isPodStream = (resource: Resource, subresource: string): boolean =>
  resource.storage === "pods." && running.has(subresource);

/** @throws StatusError 501, or 404 when there is no such pod. */
export function refusePodStream(store: Store, target: ObjectTarget): never {
  const { resource, namespace, name, subresource } = target;
  if (store.get(resource, namespace, name) === undefined) throw notFound(resource, name);
  throw new StatusError(
    501,
    "NotImplemented",
    `the simulated cluster runs no real containers: pods/${subresource} is not available`,
  );
}
