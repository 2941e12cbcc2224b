import { destinationName } from "../manifests/destination.ts";
import type { CloudEvent } from "./cloud-event.ts";
import { explainFilters, type Finding } from "./filter/explain.ts";
import type { Route } from "./route.ts";
import type { Waiting } from "./wired.ts";

/** What would become of an event. Nothing is delivered, counted or kept. */
export type Explained = {
  /** As filters see it. */
  event: Record<string, string>;
  triggers: {
    broker: string;
    trigger: string;
    subscriber: string;
    takes: boolean;
    because: Finding[];
  }[];
};

/** Asks every trigger given; those that are waiting take nothing, whatever their filter says. Pure. */
export function explain(
  event: CloudEvent,
  routes: readonly Route[],
  waiting: readonly Waiting[],
): Explained {
  return {
    event: Object.fromEntries(event.attributes),
    triggers: [
      ...routes.map(({ brokerKey, trigger, subscriber }) => {
        const { result, because } = explainFilters(trigger, event);
        const takes = result !== "fail";
        return {
          broker: brokerKey,
          trigger: trigger.name,
          subscriber: subscriber.name,
          takes,
          because,
        };
      }),
      ...waiting.map(({ brokerKey, trigger, because }) => ({
        broker: brokerKey,
        trigger: trigger.name,
        subscriber: destinationName(trigger.subscriber),
        takes: false,
        because: [{ at: because.path.slice(1).join("."), text: `not ready: ${because.message}` }],
      })),
    ],
  };
}

/** The event of `GET /explain?type=…&<attribute>=…`, with what an event must have filled in. */
export function eventOf(query: URLSearchParams): CloudEvent {
  const attributes = new Map([
    ["specversion", "1.0"],
    ["id", "explained"],
    ["source", "/explain"],
  ]);
  for (const [name, value] of query) attributes.set(name, value);
  return { attributes, data: null };
}
