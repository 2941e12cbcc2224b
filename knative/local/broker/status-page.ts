import type { FilterSpec } from "../manifests/filter.ts";
import type { Route } from "./route.ts";
import { targetUrl } from "./target.ts";

/** What is wired, for `GET /`. */
export type Status = {
  brokers: {
    name: string;
    flavour: "mt" | "kafka";
    triggers: {
      name: string;
      filters: readonly FilterSpec[] | Readonly<Record<string, string>>;
      subscriber: string;
      deadLetterSink: string | null;
      counts: Route["counts"];
    }[];
  }[];
  deadLetters: number;
  services: readonly object[];
};

export function shownTrigger(route: Route): Status["brokers"][number]["triggers"][number] {
  const { trigger, subscriber, deadLetterSink, counts } = route;
  const address = ({ name, target }: Route["subscriber"]): string =>
    target instanceof Error ? `${name} (${target.message})` : targetUrl(target);
  return {
    name: trigger.name,
    filters: trigger.filters.length > 0 ? trigger.filters : (trigger.attributes ?? {}),
    subscriber: address(subscriber),
    deadLetterSink: deadLetterSink === null ? null : address(deadLetterSink),
    counts,
  };
}

/** The same for a browser: no script, nothing from elsewhere. */
export function statusHtml(status: Status): string {
  const brokers = status.brokers
    .map(
      ({ name, triggers }) =>
        `<h2>Broker ${escape(name)}</h2><table><tr><th>trigger<th>filters<th>subscriber<th>matched<th>delivered<th>replied<th>retried<th>dead${triggers
          .map(({ name: trigger, filters, subscriber, counts }) => {
            const { matched, delivered, replied, retried, deadLettered, dropped } = counts;
            const cells = [trigger, JSON.stringify(filters), subscriber];
            const numbers = [matched, delivered, replied, retried, deadLettered + dropped];
            return `<tr>${[...cells, ...numbers].map((cell) => `<td>${escape(String(cell))}`).join("")}`;
          })
          .join("")}</table>`,
    )
    .join("");
  const services = status.services
    .map((service) => {
      const text = Object.entries(service)
        .map(
          ([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`,
        )
        .join(", ");
      return `<li>${escape(text)}`;
    })
    .join("");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>vigie: what is wired</title>
<style>body{font:15px system-ui;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2rem .5rem;text-align:left}</style>
<h1>What is wired</h1>${brokers}<h2>Services</h2><ul>${services}</ul>
<h2>Dead letters</h2><p><a href="/dead-letters">${status.deadLetters} kept</a></p></html>
`;
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
