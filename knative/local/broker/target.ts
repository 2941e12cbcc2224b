/** Where a request goes, after references have been resolved. */
export type Target =
  /** A Knative Service, through the activator. `path` starts with `/` and holds the query. */
  | { kind: "service"; namespace: string; name: string; path: string }
  | { kind: "url"; url: string }
  | { kind: "broker"; namespace: string; name: string; path: string; isChannel?: boolean };

export type DeliverRequest = {
  /** Never a broker: those are served in process. */
  target: Exclude<Target, { kind: "broker" }>;
  /** Values are bytes as latin1, as node:http wants them. No content-length. */
  headers: [string, string][];
  body: Buffer;
  signal: AbortSignal;
};

export type DeliverResponse = {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Buffer;
  /** Whether a process had to be started for it; null when it is not ours. */
  start: "cold" | "warm" | null;
};

/** POSTs an event. Rejects when there is no answer at all (refused, reset, timed out, aborted). */
export type Deliver = (request: DeliverRequest) => Promise<DeliverResponse>;

/** How a target is shown, and written into `knativeerrordest`. */
export function targetUrl(target: Target): string {
  switch (target.kind) {
    case "service":
      return `http://${target.name}.${target.namespace}.svc.cluster.local${target.path}`;
    case "broker":
      return target.isChannel === true
        ? `http://${target.name}.${target.namespace}.svc.cluster.local/`
        : brokerUrl(target.namespace, target.name);
    case "url":
      return target.url;
  }
}

/** The address of a broker inside a cluster, as Knative publishes it. */
function brokerUrl(namespace: string, name: string): string {
  return `http://broker-ingress.knative-eventing.svc.cluster.local/${namespace}/${name}`;
}
