import { type Target, targetUrl } from "../broker/target.ts";
import type { Destination } from "../manifests/destination.ts";
import type { Wiring } from "../manifests/wiring.ts";
import { UnresolvedError } from "../serving/resolve.ts";
import { unboundOf, unboundText } from "./bindings.ts";
import { type ServiceStatus, serviceKey } from "../serving/revision.ts";

/** The condition `Ready` of an object; `reason` is one CamelCase word. */
export type Readiness =
  | { status: "True" }
  | { status: "False" | "Unknown"; reason: string; message: string };

/** An object that runs here, as the simulated cluster shows it. */
export type Shown = {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  /** Of its status, beside the conditions. */
  fields: Readonly<Record<string, unknown>>;
  ready: Readiness;
};

export type ShownParts = {
  toTarget: (to: Destination) => Target;
  /** Where people reach a broker. */
  brokerUrl: (namespace: string, name: string) => string;
  services: readonly ServiceStatus[];
  /** False: PingSources are paused. */
  hasClock: boolean;
};

type Named = { namespace: string; name: string };

/**
 * What Knative's controllers would write into the status of everything that runs here. A service at
 * zero is ready, as one with `initial-scale: "0"` is on a cluster: nothing has tried it yet. An
 * ApiServerSource is not known to be ready before it watches.
 */
export function shownOf(wiring: Wiring, parts: ShownParts): Shown[] {
  const { toTarget, brokerUrl, services, hasClock } = parts;
  const byKey = new Map(services.map((one) => [serviceKey(one.namespace, one.name), one]));
  const unbound = new Set(unboundOf(wiring));
  const sinkOf = (sink: Destination) => resolved("sinkUri", "SinkNotFound", sink, toTarget);
  const eventing = "eventing.knative.dev/v1";
  const sources = "sources.knative.dev/v1";
  const show = (apiVersion: string, kind: string, { namespace, name }: Named, given: Given) => ({
    apiVersion,
    kind,
    namespace,
    name,
    ...given,
  });
  return [
    ...wiring.brokers.map((one) =>
      show(eventing, "Broker", one, {
        fields: { address: { url: brokerUrl(one.namespace, one.name) } },
        ready: READY,
      }),
    ),
    ...wiring.triggers.map((one) => {
      const to = resolved("subscriberUri", "SubscriberNotFound", one.subscriber, toTarget);
      return show(eventing, "Trigger", one, to);
    }),
    ...wiring.services.map((one) => {
      const running = byKey.get(serviceKey(one.namespace, one.name));
      return show("serving.knative.dev/v1", "Service", one, serviceOf(one, running));
    }),
    ...wiring.pingSources.map((one) => {
      const given = sinkOf(one.sink);
      return show(sources, "PingSource", one, hasClock ? given : { ...given, ready: PAUSED });
    }),
    ...wiring.sinkBindings.map((one) => {
      const given = sinkOf(one.sink);
      if (!unbound.has(one)) return show(sources, "SinkBinding", one, given);
      const ready = {
        status: "False",
        reason: "SubjectMissing",
        message: unboundText(one),
      } as const;
      return show(sources, "SinkBinding", one, { ...given, ready });
    }),
    ...wiring.containerSources.map((one) =>
      show(sources, "ContainerSource", one, sinkOf(one.sink)),
    ),
    ...wiring.apiServerSources.map((one) =>
      show(sources, "ApiServerSource", one, { ...sinkOf(one.sink), ready: STARTING }),
    ),
  ];
}

type Given = Pick<Shown, "fields" | "ready">;

const READY: Readiness = { status: "True" };
const PAUSED: Readiness = {
  status: "False",
  reason: "Paused",
  message: "the local runtime was started with --no-clock",
};
const STARTING: Readiness = {
  status: "Unknown",
  reason: "Starting",
  message: "the watch has not begun yet",
};

function resolved(
  field: string,
  reason: string,
  to: Destination,
  toTarget: ShownParts["toTarget"],
): Given {
  try {
    return { fields: { [field]: targetUrl(toTarget(to)) }, ready: READY };
  } catch (error) {
    if (!(error instanceof UnresolvedError)) throw error;
    return { fields: {}, ready: { status: "False", reason, message: error.message } };
  }
}

function serviceOf({ namespace, name }: Named, running: ServiceStatus | undefined): Given {
  const inCluster = `http://${name}.${namespace}.svc.cluster.local`;
  const revision = running?.revision;
  return {
    fields: {
      url: running?.url ?? inCluster,
      address: { url: inCluster },
      ...(revision === undefined
        ? {}
        : { latestCreatedRevisionName: revision, latestReadyRevisionName: revision }),
    },
    ready: READY,
  };
}
