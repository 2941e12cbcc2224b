import type { Attempt } from "./attempt.ts";
import { attribute, type CloudEvent } from "./cloud-event.ts";
import type { Delivery } from "./delivery.ts";
import type { Route } from "./route.ts";

type Details = Pick<Delivery, "stage" | "attempt" | "outcome"> & {
  reason?: string | undefined;
  waitMs?: number;
};

/** The line that says what became of an attempt; counts it, too. */
export function toDelivery(
  route: Route,
  event: CloudEvent,
  { start, status, durationMs }: Attempt,
  details: Details,
  now: number,
): Delivery {
  const { reason, waitMs } = details;
  count(route, details);
  const endpoint = details.stage === "subscriber" ? route.subscriber : route.deadLetterSink;
  return {
    time: new Date(now),
    eventType: attribute(event, "type"),
    eventId: attribute(event, "id"),
    broker: route.brokerKey,
    trigger: route.trigger.name,
    subscriber: endpoint?.name ?? "",
    stage: details.stage,
    start,
    status,
    durationMs,
    attempt: details.attempt,
    outcome: details.outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}

function count({ counts }: Route, { stage, outcome }: Details): void {
  if (stage === "dead-letter-sink") return;
  if (outcome === "delivered") counts.delivered++;
  if (outcome === "replied") counts.replied++;
  if (outcome === "retrying") counts.retried++;
  if (outcome === "dead-lettered") counts.deadLettered++;
  if (outcome === "dropped") counts.dropped++;
}
