import { backoffMs } from "../broker/policy.ts";
import type { Broker } from "../manifests/broker.ts";
import type { DeliveryPolicy } from "../manifests/delivery.ts";
import type { Identity } from "../manifests/metadata.ts";
import { brokerOf } from "./broker-of.ts";
import type { Inspected, Rule, Warning } from "./warning.ts";

/** `E:pkg/channel/fanout/fanout_event_handler.go`: the in-memory channel gives up then. */
const FANOUT_LIMIT_MS = 15 * 60_000;
const DELIVERY = ["spec", "delivery"];

/** What `delivery` of brokers and triggers does not do. */
export const deliveryRules: Rule = (inspected) => {
  const { brokers, triggers } = inspected.wiring;
  return [
    ...brokers.flatMap((broker) => [
      ...ownDelivery(inspected, broker, broker.delivery, broker.flavour),
      ...brokerRetry(inspected, broker),
    ]),
    ...triggers.flatMap((trigger) => {
      if (trigger.delivery === null) return [];
      const flavour = brokerOf(inspected.wiring, trigger)?.flavour ?? "mt";
      const found = ownDelivery(inspected, trigger, trigger.delivery, flavour);
      const fields = Object.keys((inspected.written(trigger, DELIVERY) ?? {}) as object);
      if (fields.includes("retry")) return found;
      const message = `delivery without retry: it replaces the broker's as a whole, so ${
        fields.length === 1 && fields[0] === "deadLetterSink"
          ? "the first failure is a dead letter"
          : "one attempt is all"
      }; say retry, backoffPolicy and backoffDelay here too`;
      return [...found, inspected.warn(trigger, DELIVERY, "trigger-without-retry", message)];
    }),
  ];
};

function brokerRetry(inspected: Inspected, broker: Broker): Warning[] {
  const written = inspected.written(broker, DELIVERY);
  if (written === undefined || Object.hasOwn(written as object, "retry")) return [];
  const message =
    "delivery without retry: 0 retries, because Knative's default of 10 holds only for a Broker without any delivery";
  return [inspected.warn(broker, DELIVERY, "broker-without-retry", message)];
}

function ownDelivery(
  inspected: Inspected,
  owner: Identity,
  policy: DeliveryPolicy,
  flavour: Broker["flavour"],
): Warning[] {
  const has = (field: string) => inspected.written(owner, [...DELIVERY, field]) !== undefined;
  const warn = (field: string, rule: string, message: string) =>
    inspected.warn(owner, [...DELIVERY, field], rule, message);
  const found: Warning[] = [];
  if (has("backoffPolicy") !== has("backoffDelay")) {
    const [given, missing] = has("backoffPolicy")
      ? ["backoffPolicy", "backoffDelay"]
      : ["backoffDelay", "backoffPolicy"];
    const message = `${given} without ${missing} has no effect: retries follow each other at once`;
    found.push(warn(given as string, "half-backoff", message));
  } else if (policy.retry > 0 && policy.backoff === null) {
    const message =
      "retry without backoffPolicy and backoffDelay: retries follow each other at once";
    found.push(warn("retry", "no-backoff", message));
  }
  for (const field of ["backoffDelay", "timeout"] as const) {
    const text = inspected.written(owner, [...DELIVERY, field]);
    if (typeof text !== "string" || !isCut(text)) continue;
    const readMs = field === "timeout" ? policy.timeoutMs : policy.backoff?.delayMs;
    const read = readMs === undefined || readMs === null ? "" : `: read as ${readMs / 1_000} s`;
    const message = `${field} ${text} has more than one decimal place, which Knative cuts off${read}`;
    found.push(warn(field, "cut-duration", message));
  }
  if (policy.backoff === null || policy.retry === 0) return found;
  if (flavour === "mt" && policy.backoff.policy === "linear") {
    const message = "linear: the first retry follows at once, the delay begins with the second";
    found.push(warn("backoffPolicy", "linear-first-retry", message));
  }
  const waitMs = totalWaitMs(policy, flavour);
  if (flavour === "mt" && waitMs > FANOUT_LIMIT_MS) {
    const message = `retries wait ${describeMs(waitMs)} in all, but the in-memory channel gives up after 15 min`;
    found.push(warn("retry", "beyond-fanout", message));
  }
  return found;
}

/** Durations have one decimal place, the rest is cut off: `rickb777/date/period/parse.go`. */
function isCut(text: string): boolean {
  return [...text.matchAll(/\d+[.,](\d+)/g)].some(([, digits = ""]) =>
    /[1-9]/.test(digits.slice(1)),
  );
}

function totalWaitMs({ retry, backoff }: DeliveryPolicy, flavour: Broker["flavour"]): number {
  let total = 0;
  for (let k = 1; k <= retry && total <= Number.MAX_SAFE_INTEGER; k++) {
    total += backoffMs(backoff, k, flavour);
    // Far beyond any limit: what follows changes nothing.
    if (total > 1e12) break;
  }
  return total;
}

function describeMs(totalMs: number): string {
  if (totalMs < 7_200_000) return `${Math.round(totalMs / 60_000)} min`;
  if (totalMs < 172_800_000) return `${Math.round(totalMs / 3_600_000)} h`;
  return `${Math.round(totalMs / 86_400_000)} days`;
}
