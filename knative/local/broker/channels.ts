import type { Broker } from "../manifests/broker.ts";
import { type Channel, channelHost } from "../manifests/channel.ts";
import type { DeliveryPolicy } from "../manifests/delivery.ts";
import type { Subscription } from "../manifests/subscription.ts";
import type { Trigger } from "../manifests/trigger.ts";

/** Without a delivery of the channel: one attempt. */
const ONE_ATTEMPT: DeliveryPolicy = {
  retry: 0,
  backoff: null,
  timeoutMs: null,
  retryAfterMaxMs: null,
  deadLetterSink: null,
  format: "binary",
};

/**
 * A channel is a broker without filters, arrival time and TTL, at `/<namespace>/<name>-kn-channel`:
 * what it takes goes to each of its subscriptions.
 */
export function channelAsBroker(channel: Channel): Broker {
  const { kind: _kind, delivery, ...identity } = channel;
  return {
    ...identity,
    name: channelHost(channel.name),
    flavour: "mt",
    delivery: delivery ?? ONE_ATTEMPT,
    fixed: { class: "channel", config: "" },
  };
}

/** Without a subscriber, what comes goes to the reply as it is. */
export function subscriptionAsTrigger(subscription: Subscription): Trigger {
  const { channel, subscriber, reply, delivery, ...identity } = subscription;
  return {
    ...identity,
    broker: channelHost(channel.name),
    brokerNamespace: identity.namespace,
    filters: [],
    attributes: null,
    subscriber: subscriber ?? reply ?? {},
    delivery,
    isOrdered: false,
  };
}

/** A Trigger may have the same name. */
export function subscriptionKey({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/subscription:${name}`;
}
