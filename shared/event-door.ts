import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { refuse, toRefusal } from "./answer.ts";
import { AppError } from "./errors.ts";
import type { Event } from "./events/contract.ts";
import type { FunctionSpec, Outcome } from "./function.ts";
import { createEventHandler } from "./handle-event.ts";
import type { Metrics } from "./metrics.ts";
import { receive } from "./receive.ts";
import { toBinary } from "./reply.ts";

/** Takes an event in and answers what became of it. */
export type EventDoor = {
  answer(headers: IncomingHttpHeaders, body: Buffer, response: ServerResponse): void;
};

type Surroundings = {
  metrics: Metrics;
  /** Handlers at work, so that the process can wait for them. */
  busy: Set<Promise<void>>;
  /** Called once, after the first event was answered. */
  onFirst?: (() => void) | undefined;
};

const NO_CONTENT: string[] = [];

/**
 * 200 with the reply event, else 204; 422 for what can never succeed, 503 for what may later, 500
 * for a bug. One log line for each event.
 */
export function createEventDoor(
  spec: FunctionSpec,
  { metrics, busy, onFirst }: Surroundings,
): EventDoor {
  const handler = createEventHandler(spec);
  let first = onFirst;

  const succeed = (
    event: Event,
    outcome: Outcome,
    response: ServerResponse,
    startedAt: number,
  ): void => {
    if (outcome.reply === undefined) {
      response.writeHead(204, NO_CONTENT).end();
    } else {
      const { headers, body, encoding } = toBinary(outcome.reply);
      response.writeHead(200, headers).end(body, encoding);
    }
    const durationMs = performance.now() - startedAt;
    metrics.handled(handler.knownType(event), outcome.kind, durationMs);
    if (spec.log.isInfoEnabled !== false) {
      const { kind, reason } = outcome;
      const line = { ...describe(event), kind, reason, duration_ms: round(durationMs) };
      spec.log.info(line, "handled");
    }
    answered();
  };
  const fail = (
    event: Event | null,
    error: unknown,
    response: ServerResponse,
    startedAt: number,
  ): void => {
    const refusal = toRefusal(error);
    refuse(response, refusal);
    metrics.refused(refusal.code);
    const fields = {
      ...(event === null ? {} : describe(event)),
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
    answered();
  };
  const answered = (): void => {
    if (first === undefined) return;
    setImmediate(first);
    first = undefined;
  };
  const handleLater = async (
    pending: Promise<Event> | { event: Event; outcome: Promise<Outcome> },
    response: ServerResponse,
    startedAt: number,
  ): Promise<void> => {
    let event: Event | null = null;
    try {
      let outcome: Outcome;
      if (pending instanceof Promise) {
        event = await pending;
        outcome = await handler.handle(event);
      } else {
        event = pending.event;
        outcome = await pending.outcome;
      }
      succeed(event, outcome, response, startedAt);
    } catch (error) {
      fail(event, error, response, startedAt);
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
      let event: Event | null = null;
      try {
        const received = receive(headers, body);
        if (received instanceof Promise) {
          track(handleLater(received, response, startedAt));
          return;
        }
        event = received;
        const outcome = handler.handle(event);
        if (outcome instanceof Promise) {
          track(handleLater({ event, outcome }, response, startedAt));
          return;
        }
        succeed(event, outcome, response, startedAt);
      } catch (error) {
        fail(event, error, response, startedAt);
      }
    },
  };
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

function clip(text: string): string {
  return text.length > MAX_LOGGED_LENGTH ? `${text.slice(0, MAX_LOGGED_LENGTH)}…` : text;
}

function round(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000;
}
