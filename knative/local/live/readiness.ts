import { type Target, targetUrl } from "../broker/target.ts";
import { channelHost } from "../manifests/channel.ts";
import type { Destination } from "../manifests/destination.ts";
import type { Identity } from "../manifests/metadata.ts";
import type { Wiring } from "../manifests/wiring.ts";
import { UnresolvedError } from "../serving/resolve.ts";
import { unreadyOf } from "../unready.ts";
import { unboundOf, unboundText } from "./bindings.ts";
import { type ServiceStatus, serviceKey } from "../serving/revision.ts";

/** The condition `Ready` of an object. */
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
  const unready = new Map<Identity, Readiness>(
    unreadyOf(wiring).map(({ object, because: { reason, message } }) => [
      object,
      { status: "False", reason, message },
    ]),
  );
  const readyOf = (one: Identity) => unready.get(one) ?? READY;
  const sinkOf = (one: Identity & { sink: Destination }): Given => ({
    fields: addressed("sinkUri", one.sink, toTarget),
    ready: readyOf(one),
  });
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
        ready: readyOf(one),
      }),
    ),
    ...wiring.triggers.map((one) => {
      const fields = addressed("subscriberUri", one.subscriber, toTarget);
      return show(eventing, "Trigger", one, { fields, ready: readyOf(one) });
    }),
    ...[...wiring.channels, ...wiring.flows].map((one) => {
      const isFlow = "channels" in one;
      const host = channelHost(isFlow ? one.channels[0].name : one.name);
      const apiVersion = isFlow ? "flows.knative.dev/v1" : "messaging.knative.dev/v1";
      return show(apiVersion, one.kind, one, {
        fields: { address: { url: `http://${host}.${one.namespace}.svc.cluster.local` } },
        ready: readyOf(one),
      });
    }),
    ...wiring.subscriptions.map((one) =>
      show("messaging.knative.dev/v1", "Subscription", one, { fields: {}, ready: readyOf(one) }),
    ),
    ...wiring.services.map((one) => {
      const running = byKey.get(serviceKey(one.namespace, one.name));
      return show("serving.knative.dev/v1", "Service", one, serviceOf(one, running));
    }),
    ...wiring.pingSources.map((one) => {
      const given = sinkOf(one);
      return show(
        sources,
        "PingSource",
        one,
        hasClock || unready.has(one) ? given : { ...given, ready: PAUSED },
      );
    }),
    ...wiring.sinkBindings.map((one) => {
      const given = sinkOf(one);
      if (!unbound.has(one) || unready.has(one)) return show(sources, "SinkBinding", one, given);
      const ready = {
        status: "False",
        reason: "SubjectMissing",
        message: unboundText(one),
      } as const;
      return show(sources, "SinkBinding", one, { ...given, ready });
    }),
    ...wiring.containerSources.map((one) => show(sources, "ContainerSource", one, sinkOf(one))),
    ...wiring.apiServerSources.map((one) =>
      show(
        sources,
        "ApiServerSource",
        one,
        unready.has(one) ? sinkOf(one) : { ...sinkOf(one), ready: STARTING },
      ),
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

/** What a destination leads to, as a field of a status; none when it leads nowhere. */
function addressed(
  field: string,
  to: Destination,
  toTarget: ShownParts["toTarget"],
): Record<string, string> {
  try {
    return { [field]: targetUrl(toTarget(to)) };
  } catch (error) {
    if (!(error instanceof UnresolvedError)) throw error;
    return {};
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
