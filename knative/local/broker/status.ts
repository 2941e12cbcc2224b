import type { FilterSpec } from "../manifests/filter.ts";
import { filterText } from "./filter/filter-text.ts";
import type { Route } from "./route.ts";
import { targetUrl } from "./target.ts";

/** What is wired, for `GET /`. */
export type Status = {
  brokers: {
    name: string;
    kind: "Broker" | "Channel";
    flavour: "mt" | "kafka";
    triggers: {
      name: string;
      /** The filter in words. */
      takes: string;
      filters: readonly FilterSpec[] | Readonly<Record<string, string>>;
      subscriber: string;
      deadLetterSink: string | null;
      counts: Route["counts"];
    }[];
  }[];
  deadLetters: number;
  services: readonly object[];
  /** Objects that are not Ready, each with why. */
  notReady: readonly object[];
};

export function shownTrigger(route: Route): Status["brokers"][number]["triggers"][number] {
  const { trigger, subscriber, deadLetterSink, counts } = route;
  const address = ({ name, target }: Route["subscriber"]): string =>
    target instanceof Error ? `${name} (${target.message})` : targetUrl(target);
  return {
    name: trigger.name,
    takes: filterText(trigger),
    filters: trigger.filters.length > 0 ? trigger.filters : (trigger.attributes ?? {}),
    subscriber: address(subscriber),
    deadLetterSink: deadLetterSink === null ? null : address(deadLetterSink),
    counts,
  };
}
