import type { IncomingHttpHeaders } from "node:http";
import type { Event } from "../events/contract.ts";
import type { Span } from "./span.ts";
import { parseTraceContext, traceAttributes } from "./trace-context.ts";
import type { Tracer } from "./tracer.ts";

/** An event's way through a function: taken in, handled, answered. */
export type EventTrace = {
  /** From the last byte of the event to the answer. */
  readonly whole: Span;
  readonly handling: Span;
};

/** Attributes in a span: a sender may make them a megabyte long. */
const MAX_LENGTH = 256;

/** Whether there may be something to trace: most processes record nothing, most events tell nothing. */
export function isTraced(tracer: Tracer, event: Event, headers: IncomingHttpHeaders): boolean {
  return (
    tracer.isRecording || event["traceparent"] !== undefined || headers["traceparent"] !== undefined
  );
}

/**
 * null when there is nothing to trace. What the event itself says of its trace goes before the
 * headers: they tell who carried it, and a broker that does not trace tells its sender's of before.
 */
export function traceEvent(
  tracer: Tracer,
  event: Event,
  headers: IncomingHttpHeaders,
  knownType: string,
  startMs: number,
): EventTrace | null {
  const parent =
    parseTraceContext(event["traceparent"], event["tracestate"]) ??
    parseTraceContext(headers["traceparent"], headers["tracestate"]);
  const whole = tracer.begin(parent, () => ({
    name: `process ${knownType}`,
    kind: "consumer",
    startMs,
    attributes: eventAttributes(event),
  }));
  return whole && { whole, handling: whole.child("handle", "internal") };
}

/** The same event, as what the span has caused. */
export function inTrace(event: Event, span: Span): Event {
  return { ...event, ...traceAttributes(span.context) };
}

/** By OpenTelemetry's semantic conventions for CloudEvents. */
export function eventAttributes({ id, source, type, subject }: Event): Record<string, string> {
  return {
    "cloudevents.event_id": id.slice(0, MAX_LENGTH),
    "cloudevents.event_source": source.slice(0, MAX_LENGTH),
    "cloudevents.event_type": type.slice(0, MAX_LENGTH),
    ...(subject === undefined ? {} : { "cloudevents.event_subject": subject.slice(0, MAX_LENGTH) }),
  };
}
