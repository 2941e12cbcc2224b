import { attribute, type CloudEvent } from "./cloud-event.ts";
import { typesWanted } from "./filter/types-wanted.ts";
import type { Route } from "./route.ts";

/** Finds the triggers of one broker that take an event. */
export type Router = (event: CloudEvent) => Route[];

/**
 * Indexed by event type, where a filter names one: an event is compared with the triggers that want
 * its type and with those that take any, not with all.
 */
export function createRouter(routes: readonly Route[]): Router {
  const byType = new Map<string, Route[]>();
  const anyType: Route[] = [];
  for (const route of routes) {
    const types = typesWanted(route.trigger);
    if (types === null) anyType.push(route);
    for (const type of types ?? []) {
      const list = byType.get(type);
      if (list === undefined) byType.set(type, [route]);
      else list.push(route);
    }
  }
  return (event) => {
    const matched: Route[] = [];
    for (const list of [byType.get(attribute(event, "type")), anyType]) {
      for (const route of list ?? []) {
        if (route.filter(event) === "fail") continue;
        route.counts.matched++;
        matched.push(route);
      }
    }
    return matched;
  };
}
