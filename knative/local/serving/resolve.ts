import type { Target } from "../broker/target.ts";
import type { Destination } from "../manifests/destination.ts";
import { serviceKey } from "./revision.ts";

/** What can be sent to here, by `<namespace>/<name>`. */
export type Addressables = {
  services: ReadonlySet<string>;
  brokers: ReadonlySet<string>;
  /** Services of Kubernetes; a text says why events cannot be sent there. */
  coreServices: ReadonlyMap<string, "ok" | { fault: string }>;
  /** The host of a channel, by `<kind>/<namespace>/<name>` of a Channel, a Sequence or a Parallel. */
  channels?: ReadonlyMap<string, string>;
};

const CHANNELS: ReadonlySet<string> = new Set([
  "messaging.knative.dev/Channel",
  "messaging.knative.dev/InMemoryChannel",
  "flows.knative.dev/Sequence",
  "flows.knative.dev/Parallel",
]);

/** A destination that leads nowhere. The message names it. */
export class UnresolvedError extends Error {
  override readonly name = "UnresolvedError";
  /** Whether the object is not there yet; what is false for is there, or can't be here. */
  readonly isMissing: boolean;

  constructor(message: string, { isMissing = false } = {}) {
    super(message);
    this.isMissing = isMissing;
  }
}

/**
 * Resolves a destination as Knative's resolver does: a `uri` beside a `ref` is relative to the
 * address of what is referred to. @throws UnresolvedError
 */
export function resolve({ ref, uri }: Destination, addressables: Addressables): Target {
  const { services, brokers, coreServices } = addressables;
  if (ref === undefined)
    return inCluster(uri ?? "", addressables) ?? { kind: "url", url: uri ?? "" };
  const { apiVersion, kind, namespace, name } = ref;
  const group = apiVersion.split("/", 1)[0];
  const key = serviceKey(namespace, name);
  if (CHANNELS.has(`${group}/${kind}`)) {
    const host = addressables.channels?.get(`${kind}/${key}`);
    if (host === undefined) throw missing(`${kind} ${name}`, namespace);
    return toChannel(namespace, host);
  }
  const target: { kind: "service" | "broker"; known: ReadonlySet<string> } | null =
    group === "serving.knative.dev" && kind === "Service"
      ? { kind: "service", known: services }
      : group === "eventing.knative.dev" && kind === "Broker"
        ? { kind: "broker", known: brokers }
        : null;
  const core = apiVersion === "v1" && kind === "Service" ? coreServices.get(key) : undefined;
  if (core !== undefined) {
    if (core !== "ok") throw new UnresolvedError(`Service ${name} (v1): ${core.fault}`);
    return { kind: "service", namespace, name, path: pathOf(uri, "/") };
  }
  if (apiVersion === "v1" && kind === "Service") {
    // Serving makes a plain Service of the same name for each of its own.
    if (services.has(key)) return { kind: "service", namespace, name, path: pathOf(uri, "/") };
    throw missing(`Service ${name} (v1)`, namespace);
  }
  if (target === null) {
    throw new UnresolvedError(
      `${kind} (${apiVersion}) ${name} cannot be sent to locally: only Services, Knative Services, Brokers, Channels, Sequences and Parallels can`,
    );
  }
  if (!target.known.has(key)) {
    throw missing(`${kind} ${name}`, namespace);
  }
  const base = target.kind === "broker" ? `/${key}` : "/";
  return { kind: target.kind, namespace, name, path: pathOf(uri, base) };
}

function toChannel(namespace: string, name: string): Target {
  return { kind: "broker", namespace, name, path: `/${namespace}/${name}`, isChannel: true };
}

function missing(what: string, namespace: string): UnresolvedError {
  return new UnresolvedError(`there is no ${what} in namespace ${namespace}`, { isMissing: true });
}

function pathOf(uri: string | undefined, base: string): string {
  const { pathname, search } = new URL(uri ?? "", `http://local${base}`);
  return pathname + search;
}

const INGRESS = "broker-ingress.knative-eventing";

/** A URL with a name that only a cluster's DNS knows, when what it names is here. */
function inCluster(
  uri: string,
  { services, brokers, coreServices, channels }: Addressables,
): Target | null {
  if (!URL.canParse(uri)) return null;
  const { protocol, hostname, pathname, search } = new URL(uri);
  const host = /^([a-z0-9-]+)\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?$/.exec(hostname);
  const [, name = "", namespace = ""] = host ?? [];
  if (protocol !== "http:" || name === "") return null;
  const [, brokerNamespace = "", broker = ""] = pathname.replace(/\/$/, "").split("/");
  if (`${name}.${namespace}` === INGRESS && brokers.has(serviceKey(brokerNamespace, broker))) {
    return { kind: "broker", namespace: brokerNamespace, name: broker, path: pathname + search };
  }
  const key = serviceKey(namespace, name);
  for (const [of, channel] of channels ?? []) {
    if (channel === name && of.split("/")[1] === namespace) return toChannel(namespace, name);
  }
  if (!services.has(key) && coreServices.get(key) !== "ok") return null;
  return { kind: "service", namespace, name, path: pathname + search };
}
