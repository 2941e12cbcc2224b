import type { Broker } from "../manifests/broker.ts";
import type { Destination } from "../manifests/destination.ts";
import type { Trigger } from "../manifests/trigger.ts";
import { createRoute, type Route } from "./route.ts";
import { createRouter, type Router } from "./router.ts";
import type { Target } from "./target.ts";

/** Brokers and triggers, ready to run. Never changes: another wiring is another object. */
export type Wired = {
  /** By `namespace/name`, as all the others here. */
  brokers: ReadonlyMap<string, Broker>;
  routes: ReadonlyMap<string, Route>;
  routers: ReadonlyMap<string, Router>;
  /** Of a broker, in the order of the manifests. */
  routesOf(brokerKey: string): Route[];
};

export type WiredManifests = { brokers: readonly Broker[]; triggers: readonly Trigger[] };

/** Wires triggers to their brokers. What `before` has counted for a trigger goes on. */
export function wire(
  manifests: WiredManifests,
  resolve: (destination: Destination) => Target,
  before: Wired | null,
): Wired {
  const keyOf = (one: { namespace: string; name: string }) => `${one.namespace}/${one.name}`;
  const brokers = new Map(manifests.brokers.map((broker) => [keyOf(broker), broker]));
  const routes = new Map<string, Route>();
  for (const trigger of manifests.triggers) {
    const broker = brokers.get(`${trigger.namespace}/${trigger.broker}`);
    if (broker === undefined) {
      throw new Error(`trigger ${keyOf(trigger)} has no broker ${trigger.broker}`);
    }
    const route = createRoute(trigger, broker, resolve);
    const counts = before?.routes.get(route.key)?.counts;
    routes.set(route.key, counts === undefined ? route : { ...route, counts });
  }
  const routesOf = (brokerKey: string) =>
    [...routes.values()].filter((route) => route.brokerKey === brokerKey);
  const routers = new Map(
    [...brokers.keys()].map((key) => [key, createRouter(routesOf(key))] as const),
  );
  return { brokers, routes, routers, routesOf };
}
