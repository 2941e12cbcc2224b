import type { Target } from "../broker/target.ts";
import type { Destination } from "../manifests/destination.ts";
import { serviceKey } from "./revision.ts";

/** What can be sent to here, by `<namespace>/<name>`. */
export type Addressables = { services: ReadonlySet<string>; brokers: ReadonlySet<string> };

/** A destination that leads nowhere. The message names it. */
export class UnresolvedError extends Error {
  override readonly name = "UnresolvedError";
}

/**
 * Resolves a destination as Knative's resolver does: a `uri` beside a `ref` is relative to the
 * address of what is referred to. @throws UnresolvedError
 */
export function resolve({ ref, uri }: Destination, { services, brokers }: Addressables): Target {
  if (ref === undefined) return { kind: "url", url: uri ?? "" };
  const { apiVersion, kind, namespace, name } = ref;
  const group = apiVersion.split("/", 1)[0];
  const key = serviceKey(namespace, name);
  const target: { kind: "service" | "broker"; known: ReadonlySet<string> } | null =
    group === "serving.knative.dev" && kind === "Service"
      ? { kind: "service", known: services }
      : group === "eventing.knative.dev" && kind === "Broker"
        ? { kind: "broker", known: brokers }
        : null;
  if (target === null) {
    throw new UnresolvedError(
      `${kind} (${apiVersion}) ${name} cannot be sent to locally: only Knative Services and Brokers can`,
    );
  }
  if (!target.known.has(key)) {
    throw new UnresolvedError(`there is no ${kind} ${name} in namespace ${namespace}`);
  }
  const base = target.kind === "broker" ? `/${key}` : "/";
  const { pathname, search } = new URL(uri ?? "", `http://local${base}`);
  return { kind: target.kind, namespace, name, path: pathname + search };
}
