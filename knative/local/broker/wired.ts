import type { Broker } from "../manifests/broker.ts";
import type { Destination } from "../manifests/destination.ts";
import { brokerKeyOf, type Trigger } from "../manifests/trigger.ts";
import type { Channel } from "../manifests/channel.ts";
import type { Subscription } from "../manifests/subscription.ts";
import { channelAsBroker, subscriptionAsTrigger, subscriptionKey } from "./channels.ts";
import { type NotReady, subscriptionNotReady, triggerNotReady } from "./not-ready.ts";
import { createRoute, type Route } from "./route.ts";
import { createRouter, type Router } from "./router.ts";
import type { Target } from "./target.ts";

/** Brokers and triggers, ready to run. Never changes: another wiring is another object. */
export type Wired = {
  /** By `namespace/name`, as all the others here. */
  brokers: ReadonlyMap<string, Broker>;
  /** Those of `brokers` that are channels. */
  channels: ReadonlySet<string>;
  routes: ReadonlyMap<string, Route>;
  routers: ReadonlyMap<string, Router>;
  /** Triggers without a subscription: no event is for them until what they wait for is there. */
  waiting: readonly Waiting[];
  /** Of a broker, in the order of the manifests. */
  routesOf(brokerKey: string): Route[];
};

export type Waiting = { brokerKey: string; trigger: Trigger; because: NotReady };

export type WiredManifests = {
  brokers: readonly Broker[];
  triggers: readonly Trigger[];
  channels?: readonly Channel[];
  subscriptions?: readonly Subscription[];
};

/**
 * Wires triggers to their brokers. What `before` has counted for a trigger goes on, and so does its
 * subscription while its Broker is there: when its subscriber goes, its deliveries fail.
 */
export function wire(
  manifests: WiredManifests,
  resolve: (destination: Destination) => Target,
  before: Wired | null,
): Wired {
  const keyOf = (one: { namespace: string; name: string }) => `${one.namespace}/${one.name}`;
  const brokers = new Map(manifests.brokers.map((broker) => [keyOf(broker), broker]));
  const channels = new Set<string>();
  for (const channel of manifests.channels ?? []) {
    const broker = channelAsBroker(channel);
    channels.add(keyOf(broker));
    brokers.set(keyOf(broker), broker);
  }
  const routes = new Map<string, Route>();
  const waiting: Waiting[] = [];
  for (const trigger of manifests.triggers) {
    const brokerKey = brokerKeyOf(trigger);
    const broker = brokers.get(brokerKey);
    const because = triggerNotReady(trigger, broker, resolve);
    const known = before?.routes.get(keyOf(trigger));
    if (broker === undefined || (because !== null && known === undefined)) {
      if (because !== null) waiting.push({ brokerKey, trigger, because });
      continue;
    }
    const route = createRoute(trigger, broker, resolve);
    routes.set(route.key, known === undefined ? route : { ...route, counts: known.counts });
  }
  for (const subscription of manifests.subscriptions ?? []) {
    const trigger = subscriptionAsTrigger(subscription);
    const brokerKey = brokerKeyOf(trigger);
    const broker = brokers.get(brokerKey);
    const because = subscriptionNotReady(subscription, broker, resolve);
    const key = subscriptionKey(subscription);
    const known = before?.routes.get(key);
    if (broker === undefined || (because !== null && known === undefined)) {
      if (because !== null) waiting.push({ brokerKey, trigger, because });
      continue;
    }
    const reply = subscription.subscriber === null ? null : subscription.reply;
    const route = createRoute(trigger, broker, resolve, { key, reply });
    routes.set(key, known === undefined ? route : { ...route, counts: known.counts });
  }
  const routesOf = (brokerKey: string) =>
    [...routes.values()].filter((route) => route.brokerKey === brokerKey);
  const routers = new Map(
    [...brokers.keys()].map((key) => [key, createRouter(routesOf(key))] as const),
  );
  return { brokers, channels, routes, routers, waiting, routesOf };
}
