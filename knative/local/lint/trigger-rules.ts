import { effectivePolicy } from "../broker/policy.ts";
import type { Destination } from "../manifests/destination.ts";
import { brokerKeyOf, DELIVERY_ORDER, type Trigger } from "../manifests/trigger.ts";
import { brokerOf } from "./broker-of.ts";
import type { Inspected, Rule, Warning } from "./warning.ts";

/** In one message. */
const MAX_NAMES = 5;

/** How triggers play together: twins, loops, and what is lost for want of a dead-letter sink. */
export const triggerRules: Rule = (inspected) => [
  ...twins(inspected),
  ...inspected.wiring.triggers.flatMap((trigger) => [
    ...ownBroker(inspected, trigger),
    ...order(inspected, trigger),
  ]),
  ...withoutDeadLetterSink(inspected),
];

function twins({ wiring, warn }: Inspected): Warning[] {
  const seen = new Map<string, Trigger>();
  return wiring.triggers.flatMap((trigger) => {
    const { filters, attributes, subscriber } = trigger;
    const key = sortedText([
      brokerKeyOf(trigger),
      filters.length > 0 ? filters : { filter: attributes ?? {} },
      subscriber,
    ]);
    const before = seen.get(key);
    seen.set(key, before ?? trigger);
    if (before === undefined) return [];
    const message = `has the filter and the subscriber of Trigger ${before.name}: each event is delivered twice`;
    return [warn(trigger, ["spec", "subscriber"], "twin-trigger", message)];
  });
}

/** The same text whatever order the keys were written in. */
function sortedText(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

function ownBroker({ wiring, warn }: Inspected, trigger: Trigger): Warning[] {
  const isOwn = ({ ref }: Destination) =>
    ref?.kind === "Broker" && `${ref.namespace}/${ref.name}` === brokerKeyOf(trigger);
  const broker = brokerOf(wiring, trigger);
  const end = broker?.flavour === "kafka" ? "without end" : "until its TTL of 255 is used up";
  const found: Warning[] = [];
  if (isOwn(trigger.subscriber)) {
    const message = `sends what it takes back to its own Broker, and takes it again, ${end}`;
    found.push(warn(trigger, ["spec", "subscriber"], "loop", message));
  }
  const sink = trigger.delivery?.deadLetterSink ?? broker?.delivery.deadLetterSink ?? null;
  if (sink !== null && isOwn(sink)) {
    const message = `its dead letters go back to its own Broker, match again and fail again, ${end}`;
    found.push(warn(trigger, ["spec", "delivery", "deadLetterSink"], "dead-letter-loop", message));
  }
  return found;
}

function order({ wiring, warn }: Inspected, trigger: Trigger): Warning[] {
  const broker = brokerOf(wiring, trigger);
  if (trigger.annotations[DELIVERY_ORDER] === undefined || broker?.flavour === "kafka") return [];
  const message = `${DELIVERY_ORDER} is for Kafka brokers: this Broker ignores it and delivers in any order`;
  return [warn(trigger, ["metadata", "annotations", DELIVERY_ORDER], "ignored-order", message)];
}

function withoutDeadLetterSink({ wiring, warn, mode }: Inspected): Warning[] {
  return wiring.brokers.flatMap((broker) => {
    const lossy = wiring.triggers.filter(
      (trigger) =>
        brokerOf(wiring, trigger) === broker &&
        effectivePolicy(trigger, broker).deadLetterSink === null,
    );
    if (lossy.length === 0) return [];
    const named = lossy.slice(0, MAX_NAMES).map(({ name }) => name);
    const others = lossy.length - named.length;
    const names = `${named.join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
    const at = broker.delivery.deadLetterSink === null ? ["spec", "delivery"] : ["spec"];
    const lost = `no dead-letter sink for ${names}: what can't be delivered is lost on the cluster`;
    const found = [warn(broker, at, "no-dead-letter-sink", lost)];
    if (mode === "sync" && broker.flavour === "mt" && wiring.triggers.length > 1) {
      const attempts = Math.max(...lossy.map((one) => effectivePolicy(one, broker).retry)) + 1;
      const message =
        `sync: a failure of ${names} answers 500 to whoever replied the event, so the reply is sent again ` +
        `to every trigger, up to ${attempts}×${attempts} times, and the first event is dead-lettered ` +
        "although its function succeeded; a deadLetterSink on the Broker cuts it";
      found.push(warn(broker, at, "amplification", message));
    }
    return found;
  });
}
