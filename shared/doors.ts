import type { ServerResponse } from "node:http";
import { refuse, sendJson, toRefusal } from "./answer.ts";
import { AppError } from "./errors.ts";
import type { Door, DoorRequest, FunctionSpec } from "./function.ts";
import type { Metrics } from "./metrics.ts";
import { within } from "./trace/current-span.ts";
import type { Span } from "./trace/span.ts";
import { parseTraceContext } from "./trace/trace-context.ts";
import type { Tracer } from "./trace/tracer.ts";

/** The doors of a function, by exact path. */
export type Doors = {
  find(method: string, path: string): Door | undefined;
  /** What the path may be asked with; empty when there is no door. */
  methods(path: string): string[];
  /** All of them, as `POST /alerts`. */
  names(): string[];
  answer(door: Door, request: DoorRequest, response: ServerResponse): void;
  /** Answers with an error, as that of the door. */
  refuse(door: Door, error: unknown, response: ServerResponse, headers: readonly string[]): void;
};

export function createDoors(
  { doors = [], log }: Pick<FunctionSpec, "doors" | "log">,
  { metrics, busy, tracer }: { metrics: Metrics; busy: Set<Promise<void>>; tracer: Tracer },
): Doors {
  const byPath = new Map<string, Door[]>();
  for (const door of doors) byPath.set(door.path, [...(byPath.get(door.path) ?? []), door]);

  const refuseAt = (
    { path }: Door,
    error: unknown,
    response: ServerResponse,
    headers?: readonly string[],
  ): void => {
    const refusal = toRefusal(error);
    refuse(response, refusal, headers);
    metrics.refused(refusal.code);
    const fields = { path, code: refusal.code, status: refusal.status };
    if (error instanceof AppError) log.warn({ ...fields, reason: error.message }, "failed");
    else log.error({ ...fields, err: error }, "failed");
  };
  const answer = async (
    door: Door,
    request: DoorRequest,
    response: ServerResponse,
    span: Span | null,
  ): Promise<void> => {
    try {
      const {
        status,
        headers = {},
        json,
      } = await (span === null ? door.handle(request) : within(span, () => door.handle(request)));
      const flat = Object.entries(headers).flat();
      if (json === undefined) response.writeHead(status, flat).end();
      else sendJson(response, status, flat, json);
      span?.end();
    } catch (error) {
      span?.end({ error });
      refuseAt(door, error, response);
    }
  };
  return {
    refuse: refuseAt,
    find: (method, path) => byPath.get(path)?.find((door) => door.method === method),
    methods: (path) => byPath.get(path)?.map((door) => door.method) ?? [],
    names: () => doors.map(({ method, path }) => `${method} ${path}`),
    answer(door, request, response) {
      const { method, path } = door;
      const { traceparent, tracestate } = request.headers;
      const span = tracer.begin(parseTraceContext(traceparent, tracestate), () => ({
        name: `${method} ${path}`,
        kind: "server",
        startMs: performance.timeOrigin + performance.now(),
        attributes: { "http.request.method": method, "http.route": path },
      }));
      const work = answer(door, request, response, span);
      busy.add(work);
      void work.finally(() => busy.delete(work));
    },
  };
}
