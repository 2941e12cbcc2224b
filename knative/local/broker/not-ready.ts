import type { Broker } from "../manifests/broker.ts";
import type { Destination } from "../manifests/destination.ts";
import type { Subscription } from "../manifests/subscription.ts";
import type { Trigger } from "../manifests/trigger.ts";

/** Why an object is not Ready, as the condition of that name says it. */
export type NotReady = {
  /** In Knative's own words, where it has some: not always one word. */
  reason: string;
  message: string;
  /** The field that leads nowhere. */
  path: readonly PropertyKey[];
};

type Resolve = (destination: Destination) => unknown;

const DELIVERY_SINK = ["spec", "delivery", "deadLetterSink"];

/** Why a Broker is not Ready; null when it is. `E:pkg/reconciler/broker/broker.go` */
export function brokerNotReady({ delivery }: Broker, resolve: Resolve): NotReady | null {
  const what = "Unable to get the dead letter sink's URI";
  return unresolved(delivery.deadLetterSink, what, DELIVERY_SINK, resolve);
}

/**
 * Why a Trigger is not Ready; null when it is. One that never was has no subscription, and gets no
 * events. `broker`: the one it names, when there is such a one.
 * `E:pkg/reconciler/broker/trigger/trigger.go`
 */
export function triggerNotReady(
  trigger: Trigger,
  broker: Broker | undefined,
  resolve: Resolve,
): NotReady | null {
  if (broker === undefined) {
    const message = `Broker ${JSON.stringify(trigger.broker)} does not exist`;
    return { reason: "BrokerDoesNotExist", message, path: ["spec", "broker"] };
  }
  const ofBroker = brokerNotReady(broker, resolve);
  if (ofBroker !== null) {
    const message = `its Broker ${broker.name} is not ready: ${ofBroker.message}`;
    return { ...ofBroker, message, path: ["spec", "broker"] };
  }
  const noSubscriber = "Unable to get the Subscriber's URI";
  const noSink = "Unable to get the dead letter sink's URI";
  const sink = trigger.delivery?.deadLetterSink ?? null;
  return (
    unresolved(trigger.subscriber, noSubscriber, ["spec", "subscriber"], resolve) ??
    unresolved(sink, noSink, DELIVERY_SINK, resolve)
  );
}

/**
 * Why a Subscription is not Ready; null when it is. `channel`: the one it names, when there is one.
 * `E:pkg/reconciler/subscription/subscription.go`
 */
export function subscriptionNotReady(
  { channel: { kind, name }, subscriber, reply, delivery }: Subscription,
  channel: Broker | undefined,
  resolve: Resolve,
): NotReady | null {
  if (channel === undefined) {
    const message = `there is no ${kind} ${name} in its namespace`;
    return { reason: "ChannelReferenceFailed", message, path: ["spec", "channel"] };
  }
  const sink = delivery?.deadLetterSink ?? channel.delivery.deadLetterSink;
  return (
    unresolved(subscriber, "SubscriberResolveFailed", ["spec", "subscriber"], resolve) ??
    unresolved(reply, "ReplyResolveFailed", ["spec", "reply"], resolve) ??
    unresolved(sink, "DeadLetterSinkResolveFailed", DELIVERY_SINK, resolve)
  );
}

/** Why something that leads to a destination is not Ready; null when it leads somewhere, or nowhere by intent. */
export function unresolved(
  to: Destination | null,
  reason: string,
  path: readonly PropertyKey[],
  resolve: Resolve,
): NotReady | null {
  if (to === null) return null;
  try {
    resolve(to);
    return null;
  } catch (error) {
    return { reason, message: error instanceof Error ? error.message : String(error), path };
  }
}
