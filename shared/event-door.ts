import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { refuse, toRefusal } from "./answer.ts";
import { AppError } from "./errors.ts";
import type { Event } from "./events/contract.ts";
import type { FunctionSpec, Outcome } from "./function.ts";
import { createEventHandlers } from "./handle-event.ts";
import type { Metrics } from "./metrics.ts";
import { receive } from "./receive.ts";
import { toBinary } from "./reply.ts";
import { within } from "./trace/current-span.ts";
import {
  type EventTrace,
  eventAttributes,
  inTrace,
  isTraced,
  traceEvent,
} from "./trace/trace-event.ts";
import type { Tracer } from "./trace/tracer.ts";

/** Takes an event in and answers what became of it. */
export type EventDoor = {
  answer(headers: IncomingHttpHeaders, body: Buffer, response: ServerResponse): void;
};

type Surroundings = {
  metrics: Metrics;
  /** Handlers at work, so that the process can wait for them. */
  busy: Set<Promise<void>>;
  tracer: Tracer;
};

const NO_CONTENT: string[] = [];

/**
 * 200 with the reply event, else 204; 422 for what can never succeed, 503 for what may later, 500
 * for a bug. One log line for each event.
 */
export function createEventDoor(
  spec: FunctionSpec,
  { metrics, busy, tracer }: Surroundings,
): EventDoor {
  const handlerOf = createEventHandlers(spec);

  const succeed = (
    event: Event,
    knownType: string,
    outcome: Outcome,
    response: ServerResponse,
    startedAt: number,
    trace: EventTrace | null,
  ): void => {
    trace?.handling.end();
    if (outcome.reply === undefined) {
      response.writeHead(204, NO_CONTENT).end();
    } else {
      const { headers, body, encoding } = toBinary(withTrace(outcome.reply, trace));
      response.writeHead(200, headers).end(body, encoding);
    }
    trace?.whole.end();
    const durationMs = performance.now() - startedAt;
    metrics.handled(knownType, outcome.kind, durationMs);
    spec.metrics?.observe?.(event, outcome);
    if (spec.log.isInfoEnabled !== false) {
      const { kind, reason } = outcome;
      const duration_ms = round(durationMs);
      const line = { ...describe(event), ...traceId(trace), kind, reason, duration_ms };
      spec.log.info(line, "handled");
    }
  };
  const fail = (
    event: Event | null,
    error: unknown,
    response: ServerResponse,
    startedAt: number,
    trace: EventTrace | null,
  ): void => {
    trace?.handling.end({ error });
    trace?.whole.end({ error });
    const refusal = toRefusal(error);
    refuse(response, refusal);
    metrics.refused(refusal.code);
    const fields = {
      ...(event === null ? {} : describe(event)),
      ...traceId(trace),
      kind: "failed",
      reason: error instanceof Error ? clip(error.message) : "not an Error",
      code: refusal.code,
      status: refusal.status,
      duration_ms: round(performance.now() - startedAt),
    };
    // A refused event is its sender's fault: a stack trace of ours would say nothing.
    if (error instanceof AppError && error.status < 500) spec.log.warn(fields, "failed");
    else if (error instanceof AppError) spec.log.warn({ ...fields, err: error }, "failed");
    else spec.log.error({ ...fields, err: error }, "failed");
  };
  const handle = (
    event: Event,
    headers: IncomingHttpHeaders,
    response: ServerResponse,
    startedAt: number,
  ): void | Promise<void> => {
    const handler = handlerOf(event.type);
    const { knownType } = handler;
    const trace = isTraced(tracer, event, headers)
      ? traceEvent(tracer, event, headers, knownType, performance.timeOrigin + startedAt)
      : null;
    try {
      const outcome =
        trace === null
          ? handler.handle(event)
          : within(trace.handling, () => handler.handle(event));
      if (!(outcome instanceof Promise)) {
        succeed(event, knownType, outcome, response, startedAt, trace);
        return;
      }
      return outcome
        .then((later) => succeed(event, knownType, later, response, startedAt, trace))
        .catch((error: unknown) => fail(event, error, response, startedAt, trace));
    } catch (error) {
      fail(event, error, response, startedAt, trace);
    }
  };
  const track = (work: Promise<void>): void => {
    busy.add(work);
    void work.finally(() => busy.delete(work));
  };

  return {
    // A handler that does not wait is answered in the same turn: no promise is made.
    answer(headers, body, response) {
      const startedAt = performance.now();
      try {
        const received = receive(headers, body);
        const work =
          received instanceof Promise
            ? received.then(
                (event) => handle(event, headers, response, startedAt),
                (error: unknown) => fail(null, error, response, startedAt, null),
              )
            : handle(received, headers, response, startedAt);
        if (work instanceof Promise) track(work);
      } catch (error) {
        fail(null, error, response, startedAt, null);
      }
    },
  };
}

/** The reply as what the event has caused. */
function withTrace(reply: Event, trace: EventTrace | null): Event {
  if (trace === null) return reply;
  const span = trace.whole.child(`reply ${reply.type}`, "producer", () => eventAttributes(reply));
  const told = inTrace(reply, span);
  span.end();
  return told;
}

/** Attributes in a log line: a sender may make them a megabyte long. */
const MAX_LOGGED_LENGTH = 256;

function describe({ id, type, subject }: Event): object {
  return {
    event_id: clip(id),
    event_type: clip(type),
    subject: subject === undefined ? undefined : clip(subject),
  };
}

function traceId(trace: EventTrace | null): object {
  return trace === null ? {} : { trace_id: trace.whole.context.traceId };
}

function clip(text: string): string {
  return text.length > MAX_LOGGED_LENGTH ? `${text.slice(0, MAX_LOGGED_LENGTH)}…` : text;
}

function round(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
