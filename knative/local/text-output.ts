import type { Delivery } from "./broker/delivery.ts";
import type { Door, Output } from "./output.ts";
import { printable } from "./printable.ts";
import type { ServiceEvent } from "./serving/revision.ts";

type Colour = "grey" | "red" | "green" | "yellow" | "cyan";
const CODES: Readonly<Record<Colour, number>> = {
  grey: 90,
  red: 31,
  green: 32,
  yellow: 33,
  cyan: 36,
};
/** Names in a line. */
const MAX_WAITING = 3;
type Paint = (colour: Colour, text: string) => string;

/** A scan of ten thousand workloads that nobody wants to hear of is one line. */
const SAID_AGAIN_AFTER_MS = 60_000;

/** One line per delivery: time, event type, trigger → function, cold or warm, status, milliseconds. */
export function createTextOutput(write: (text: string) => void, hasColours: boolean): Output {
  const paint: Paint = (colour, text) =>
    hasColours ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
  const line = (time: Date, text: string) => write(`${paint("grey", clockOf(time))} ${text}\n`);
  let lastUnmatched = { said: "", atMs: 0 };
  return {
    ready(doors, tookMs) {
      write(
        `\n${doorsTable(doors)}\n${paint("green", "ready")} in ${Math.round(tookMs)} ms, Ctrl-C ends\n\n`,
      );
    },
    delivery: (delivery) => line(delivery.time, deliveryText(delivery, paint)),
    refused({ time, method, path, status, code, message }) {
      const where = printable(`${method} ${path}`);
      line(time, `${paint("red", `refused ${status}`)} ${where} ${code}: ${printable(message)}`);
    },
    unmatched({ time, eventType, broker, waiting = [] }) {
      const shown =
        waiting.length > MAX_WAITING ? [...waiting.slice(0, MAX_WAITING), "…"] : waiting;
      const why = waiting.length === 0 ? "" : `; not ready: ${shown.join(", ")}`;
      const none = paint("yellow", `no trigger of ${broker} takes it${why}`);
      const said = `${printable(eventType).padEnd(34)} ${none}`;
      const atMs = time.getTime();
      const isSaid = said === lastUnmatched.said && atMs - lastUnmatched.atMs < SAID_AGAIN_AFTER_MS;
      if (isSaid) return;
      lastUnmatched = { said, atMs };
      line(time, said);
    },
    service: (event) => line(event.time, serviceText(event, paint)),
    note: (message) => line(new Date(), paint("yellow", printable(message))),
  };
}

function doorsTable(doors: readonly Door[]): string {
  const width = Math.max(...doors.map(({ name }) => name.length));
  return doors.map(({ name, url }) => `  ${name.padEnd(width)}  ${url}\n`).join("");
}

function deliveryText(delivery: Delivery, paint: Paint): string {
  const { eventType, trigger, subscriber, stage, start, status, durationMs, attempt } = delivery;
  const to =
    stage === "dead-letter-sink" ? `${trigger} ⇢ ${subscriber}` : `${trigger} → ${subscriber}`;
  const parts = [
    printable(eventType).padEnd(34),
    printable(to).padEnd(32),
    (start ?? "").padEnd(4),
    paint(isGood(delivery) ? "green" : "red", String(status).padStart(5)),
    `${durationMs.toFixed(0).padStart(5)} ms`,
  ];
  if (attempt > 1) parts.push(paint("yellow", `attempt ${attempt}`));
  const outcome = outcomeText(delivery, paint);
  return outcome === "" ? parts.join(" ") : `${parts.join(" ")} ${outcome}`;
}

function outcomeText({ outcome, reason, waitMs }: Delivery, paint: Paint): string {
  const why = reason === undefined ? "" : `: ${printable(reason)}`;
  switch (outcome) {
    case "delivered":
      return "";
    case "replied":
      return paint("cyan", "↩ replied");
    case "retrying":
      return paint("yellow", `retrying in ${((waitMs ?? 0) / 1_000).toFixed(1)} s${why}`);
    case "dead-lettered":
      return paint("red", `✗ dead-lettered${why}`);
    case "dropped":
      return paint("red", `✗ dropped${why}`);
  }
}

const isGood = ({ outcome }: Delivery) => outcome === "delivered" || outcome === "replied";

function serviceText(event: ServiceEvent, paint: Paint): string {
  const { service } = event;
  switch (event.state) {
    case "up":
      return `${paint("cyan", service)} up (cold ${event.startMs.toFixed(0)} ms)${event.replicas > 1 ? `, ${event.replicas} ready` : ""}`;
    case "scaled":
      return `${paint("cyan", service)} scales ${event.from} → ${event.to}: ${printable(event.reason)}`;
    case "zero":
      return `${paint("cyan", service)} at zero`;
    case "crashed": {
      const next = event.backOffMs === 0 ? "" : `; next start in ${event.backOffMs / 1_000} s`;
      return paint("red", `${service} crashed: ${printable(event.reason)}${next}`);
    }
    case "log":
      return `${paint(event.level === "warn" ? "yellow" : "red", service)} | ${printable(event.text)}`;
  }
}

const clockOf = (time: Date): string => {
  const two = (number: number) => String(number).padStart(2, "0");
  const ms = String(time.getMilliseconds()).padStart(3, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
};
