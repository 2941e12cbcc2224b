import { addressablesOf } from "./addressables.ts";
import { channelAsBroker } from "./broker/channels.ts";
import {
  brokerNotReady,
  type NotReady,
  subscriptionNotReady,
  triggerNotReady,
  unresolved,
} from "./broker/not-ready.ts";
import type { Destination } from "./manifests/destination.ts";
import type { Identity } from "./manifests/metadata.ts";
import type { Subscription } from "./manifests/subscription.ts";
import { brokerKeyOf, type Trigger } from "./manifests/trigger.ts";
import { dependencyOf } from "./manifests/trigger-annotations.ts";
import type { Wiring } from "./manifests/wiring.ts";
import { resolve } from "./serving/resolve.ts";

/** An object that refers to others. */
type Dependent = { kind: string; object: Identity };

/** One that a cluster takes and that does not become Ready, for what it refers to is not there. */
export type Unready = Dependent & { because: NotReady };

/**
 * What of the manifests waits for an object that is not among them: a Trigger for its Broker or its
 * subscriber, a source for its sink. It begins to work once that object is there. Pure.
 */
export function unreadyOf(wiring: Wiring): Unready[] {
  const addressables = addressablesOf(wiring);
  const toTarget = (to: Destination) => resolve(to, addressables);
  const brokers = new Map(wiring.brokers.map((one) => [`${one.namespace}/${one.name}`, one]));
  const found: Find = (kind, objects, because) =>
    objects.flatMap((object) => {
      const fault = because(object);
      return fault === null ? [] : [{ kind, object, because: fault }];
    });
  const sinkOf = (reason: string) => (one: { sink: Destination }) =>
    unresolved(one.sink, reason, ["spec", "sink"], toTarget);
  const sources = [
    ...found("PingSource", wiring.pingSources, sinkOf("NotFound")),
    ...found("ApiServerSource", wiring.apiServerSources, sinkOf("NotFound")),
    ...found("ContainerSource", wiring.containerSources, sinkOf("NoURI")),
    ...found("SinkBinding", wiring.sinkBindings, sinkOf("NoURI")),
  ];
  return [
    ...found("Broker", wiring.brokers, (one) => brokerNotReady(one, toTarget)),
    ...found(
      "Trigger",
      wiring.triggers,
      (one) =>
        triggerNotReady(one, brokers.get(brokerKeyOf(one)), toTarget) ??
        dependencyNotReady(one, wiring, sources),
    ),
    ...messagingNotReady(wiring, found, toTarget),
    ...sources,
  ];
}

type Find = <T extends Identity>(
  kind: string,
  objects: readonly T[],
  because: (object: T) => NotReady | null,
) => Unready[];

/** Channels, their subscriptions, and the flows that are made of both. */
function messagingNotReady(
  { channels, subscriptions, flows }: Wiring,
  find: Find,
  toTarget: (to: Destination) => unknown,
): Unready[] {
  const hosts = new Map(
    channels.map((one) => [`${one.namespace}/${one.name}`, channelAsBroker(one)]),
  );
  const because = (one: Subscription) =>
    subscriptionNotReady(one, hosts.get(`${one.namespace}/${one.channel.name}`), toTarget);
  const made = new Set(flows.flatMap((flow) => flow.subscriptions));
  const given = subscriptions.filter((one) => !made.has(one));
  return [
    ...channels.flatMap((one) =>
      find(one.kind, [one], (channel) => brokerNotReady(channelAsBroker(channel), toTarget)),
    ),
    ...find("Subscription", given, because),
    ...flows.flatMap((flow) =>
      find(flow.kind, [flow], () => {
        const [fault] = flow.subscriptions.flatMap((one) => because(one) ?? []);
        if (fault === undefined) return null;
        return { reason: "SubscriptionsNotReady", message: fault.message, path: ["spec"] };
      }),
    ),
  ];
}

/** Everything that refers to others, ready or not. */
export function dependentsOf(wiring: Wiring): Dependent[] {
  const of = (kind: string, objects: readonly Identity[]) =>
    objects.map((object) => ({ kind, object }));
  return [
    ...of("Broker", wiring.brokers),
    ...of("Trigger", wiring.triggers),
    ...wiring.channels.flatMap((one) => of(one.kind, [one])),
    ...of("Subscription", wiring.subscriptions),
    ...wiring.flows.flatMap((one) => of(one.kind, [one])),
    ...of("PingSource", wiring.pingSources),
    ...of("ApiServerSource", wiring.apiServerSources),
    ...of("ContainerSource", wiring.containerSources),
    ...of("SinkBinding", wiring.sinkBindings),
  ];
}

/** Its condition alone: the Trigger has its subscription, and gets events. */
function dependencyNotReady(
  { annotations, namespace }: Trigger,
  wiring: Wiring,
  sources: readonly Unready[],
): NotReady | null {
  const dependency = dependencyOf(annotations);
  if (dependency === null) return null;
  const { kind, name } = dependency;
  const isIt = (one: Dependent) =>
    one.kind === kind && one.object.namespace === namespace && one.object.name === name;
  const path = ["metadata", "annotations", "knative.dev/dependency"];
  if (!dependentsOf(wiring).some(isIt)) {
    const message = `Dependency does not exist: ${kind} ${name} in namespace ${namespace}`;
    return { reason: "DependencyDoesNotExist", message, path };
  }
  const source = sources.find(isIt);
  return source === undefined ? null : { ...source.because, path };
}

/** For people. */
export function unreadyText({ kind, object, because: { reason, message } }: Unready): string {
  return `${kind} ${object.name} is not ready (${reason}): ${message}`;
}
