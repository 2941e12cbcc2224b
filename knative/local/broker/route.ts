import type { Broker } from "../manifests/broker.ts";
import type { DeliveryPolicy } from "../manifests/delivery.ts";
import { type Destination, destinationName } from "../manifests/destination.ts";
import type { Trigger } from "../manifests/trigger.ts";
import { compileFilters } from "./filter/compile.ts";
import type { Filter } from "./filter/filter.ts";
import { effectivePolicy } from "./policy.ts";
import type { Target } from "./target.ts";

/** A place to deliver to, with its address, or why there is none. */
export type Endpoint = { name: string; target: Target | Error };

/** How often something happened to a trigger since the start. */
type Counts = {
  matched: number;
  delivered: number;
  replied: number;
  retried: number;
  deadLettered: number;
  dropped: number;
};

/** A trigger, ready to run. */
export type Route = {
  /** `namespace/name` of the trigger. */
  key: string;
  /** `namespace/name` of the broker. */
  brokerKey: string;
  trigger: Trigger;
  broker: Broker;
  filter: Filter;
  policy: DeliveryPolicy;
  subscriber: Endpoint;
  deadLetterSink: Endpoint | null;
  /** Of a channel: what is answered, and is no event, is let go; an event goes to `reply` alone. */
  channel: { reply: Endpoint | null } | null;
  counts: Counts;
};

/** What keeps a reference from being an address is told at every delivery: as a 400, not tried again. */
export function createRoute(
  trigger: Trigger,
  broker: Broker,
  resolve: (destination: Destination) => Target,
  channel: { key: string; reply: Destination | null } | null = null,
): Route {
  const policy = effectivePolicy(trigger, broker);
  const toEndpoint = (destination: Destination): Endpoint => {
    const name = destinationName(destination);
    try {
      return { name, target: resolve(destination) };
    } catch (error) {
      return { name, target: error instanceof Error ? error : new Error(String(error)) };
    }
  };
  return {
    key: channel?.key ?? `${trigger.namespace}/${trigger.name}`,
    brokerKey: `${broker.namespace}/${broker.name}`,
    trigger,
    broker,
    filter: compileFilters(trigger),
    policy,
    subscriber: toEndpoint(trigger.subscriber),
    deadLetterSink: policy.deadLetterSink === null ? null : toEndpoint(policy.deadLetterSink),
    channel:
      channel === null
        ? null
        : { reply: channel.reply === null ? null : toEndpoint(channel.reply) },
    counts: { matched: 0, delivered: 0, replied: 0, retried: 0, deadLettered: 0, dropped: 0 },
  };
}
