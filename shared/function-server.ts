import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { refuse, sendJson, toRefusal } from "./answer.ts";
import {
  collectBody,
  DEFAULT_MAX_BODY_BYTES,
  discardBody,
  isExpecting,
  isTooLong,
} from "./body.ts";
import { createDoors } from "./doors.ts";
import { createEventDoor, type EventDoor } from "./event-door.ts";
import type { FunctionSpec } from "./function.ts";
import { createMetrics } from "./metrics.ts";
import { createOtherRoutes } from "./other-routes.ts";
import { toOriginForm } from "./request-target.ts";
import { relayTracer } from "./trace/tracer.ts";

export type FunctionServer = {
  /** Not yet listening. */
  readonly http: Server;
  /**
   * Stops listening and resolves when every request that had begun is answered and its handler has
   * ended, and `spec.close` with it. For an event whose sender went away too.
   */
  close(): Promise<void>;
};

/**
 * No end of an idle connection by this side: it would race with the next request of the proxy that
 * holds it, and its timers are a twentieth of an event's time. What is dead the kernel finds.
 */
const KEEP_ALIVE = { keepAliveTimeout: 0, keepAlive: true, keepAliveInitialDelay: 60_000 };
/** For a whole request to arrive. 1 MiB in 30 s is slower than any link we know. */
const REQUEST_MS = 30_000;
/** How often connections that became idle are closed while the server ends. */
const SWEEP_MS = 20;

/**
 * The HTTP server of a function: events on POST /, dead letters, doors, health, metrics; express, loaded on the
 * first request that is none of these, has the rest.
 */
export function createFunctionServer(spec: FunctionSpec): FunctionServer {
  const metrics = createMetrics(spec.name, spec.metrics?.instruments);
  const busy = new Set<Promise<void>>();
  const { tracer = relayTracer, onDeadLetter } = spec;
  const events = createEventDoor(spec, { metrics, busy, tracer });
  // A door of its own: Knative may send a dead letter with no mark on it at all.
  const deadLetters =
    onDeadLetter === undefined
      ? null
      : createEventDoor({ ...spec, on: [], onAny: onDeadLetter }, { metrics, busy, tracer });
  const doors = createDoors(spec, { metrics, busy, tracer });
  const others = createOtherRoutes(spec);

  const eventDoor = (url: string): EventDoor | null => {
    if (url === "/") return events;
    return url === "/dead-letters" ? deadLetters : null;
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    toOriginForm(request);
    const { method = "", url = "/" } = request;
    const posted = method === "POST" ? eventDoor(url) : null;
    if (posted !== null) {
      collectBody(
        request,
        DEFAULT_MAX_BODY_BYTES,
        (body) => posted.answer(request.headers, body, response),
        (error) => tooLong(request, response, error),
      );
      return;
    }
    const queryAt = url.indexOf("?");
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    const door = doors.find(method, path);
    if (door !== undefined) {
      const { headers } = request;
      const maxBodyBytes = door.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
      const query = new URLSearchParams(queryAt < 0 ? "" : url.slice(queryAt + 1));
      const read = (): void => {
        if (isExpecting(request) && !isTooLong(request, maxBodyBytes)) response.writeContinue();
        collectBody(
          request,
          maxBodyBytes,
          (body) => doors.answer(door, { headers, query, body }, response),
          (error) => tooLong(request, response, error),
        );
      };
      if (door.admit === undefined) {
        read();
        return;
      }
      door.admit(headers).then(read, (error: unknown) => {
        doors.refuse(door, error, response, ["connection", "close"]);
        discardBody(request);
      });
      return;
    }
    if (method === "GET" || method === "HEAD") {
      if (path === "/healthz" || path === "/readyz") {
        sendJson(response, 200, [], { status: "ok" });
        return;
      }
      if (path === "/metrics") {
        metrics.expose().then(
          ({ contentType, text }) =>
            response.writeHead(200, ["content-type", contentType]).end(text),
          (error: unknown) => fail(response, error),
        );
        return;
      }
    }
    if (spec.routes === undefined) {
      const allowed = path === "/" ? ["POST"] : doors.methods(path);
      const names = doors.names().join(", ");
      const others = names === "" ? "" : `; there is ${names}`;
      request.resume();
      if (allowed.length === 0) {
        const message = `nothing at ${path}${others}`;
        refuse(response, { status: 404, code: "NOT_FOUND", message });
      } else {
        const message = path === "/" ? `POST an event here${others}` : `use ${allowed.join()}`;
        const refusal = { status: 405, code: "METHOD_NOT_ALLOWED", message };
        refuse(response, refusal, ["allow", allowed.join(", ")]);
      }
      return;
    }
    others.answer(request, response).catch((error: unknown) => fail(response, error));
  };

  const tooLong = (request: IncomingMessage, response: ServerResponse, error: Error): void => {
    const refusal = toRefusal(error);
    metrics.refused(refusal.code);
    spec.log.warn({ code: refusal.code, path: request.url }, "failed");
    refuse(response, refusal, ["connection", "close"]);
    discardBody(request);
  };
  const fail = (response: ServerResponse, error: unknown): void => {
    spec.log.error({ code: toRefusal(error).code, err: error }, "failed");
    refuse(response, toRefusal(error));
  };

  const http = createServer({ requestTimeout: REQUEST_MS, ...KEEP_ALIVE }, answer);
  // A client that asks first (curl does, from 1 MB on) need not send what will be refused.
  http.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
    toOriginForm(request);
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    // A door may have to let the client in first.
    const isDoor = doors.find(request.method ?? "", path) !== undefined;
    if (!isDoor && !isTooLong(request, DEFAULT_MAX_BODY_BYTES)) response.writeContinue();
    answer(request, response);
  });

  return {
    http,
    async close() {
      const sweep = setInterval(() => http.closeIdleConnections(), SWEEP_MS);
      try {
        await new Promise<void>((resolve, reject) => {
          http.close((error) => (error === undefined ? resolve() : reject(error)));
        });
        while (busy.size > 0) await Promise.allSettled(busy);
      } finally {
        clearInterval(sweep);
      }
      await Promise.all([spec.close?.(), tracer.close()]);
    },
  };
}
