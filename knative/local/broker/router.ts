import type { CloudEvent } from "./cloud-event.ts";
import { textsWanted } from "./filter/texts-wanted.ts";
import type { Route } from "./route.ts";

/** Finds the triggers of one broker that take an event. */
export type Router = (event: CloudEvent) => Route[];

/**
 * Indexed by an attribute that a filter wants to be a text, the rarest it names: an event is
 * compared with the triggers that may want it and with those that name no text, not with all.
 */
export function createRouter(routes: readonly Route[]): Router {
  const wanted = routes.map((route) => ({ route, texts: textsWanted(route.trigger) }));
  const counts = new Map<string, number>();
  const keyOf = (name: string, text: string) => `${name}=${text}`;
  for (const { texts } of wanted) {
    for (const [name, values] of texts) {
      for (const text of values) {
        const key = keyOf(name, text);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
  }
  const indexes = new Map<string, Map<string, Route[]>>();
  const others: Route[] = [];
  for (const { route, texts } of wanted) {
    let rarest: [string, ReadonlySet<string>] | null = null;
    let least = Infinity;
    for (const [name, values] of texts) {
      let company = 0;
      for (const text of values) company += counts.get(keyOf(name, text)) ?? 0;
      if (company < least) [rarest, least] = [[name, values], company];
    }
    if (rarest === null) {
      others.push(route);
      continue;
    }
    const [name, values] = rarest;
    const index = indexes.get(name) ?? new Map<string, Route[]>();
    indexes.set(name, index);
    for (const text of values) {
      const list = index.get(text);
      if (list === undefined) index.set(text, [route]);
      else list.push(route);
    }
  }
  return (event) => {
    const matched: Route[] = [];
    const compare = (candidates: readonly Route[]): void => {
      for (const route of candidates) {
        if (route.filter(event) === "fail") continue;
        route.counts.matched++;
        matched.push(route);
      }
    };
    for (const [name, index] of indexes) {
      const list = index.get(event.attributes.get(name) ?? "");
      if (list !== undefined) compare(list);
    }
    compare(others);
    return matched;
  };
}
