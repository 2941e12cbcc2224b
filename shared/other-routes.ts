import type { NextFunction, Request, Response } from "express";
import type { IncomingMessage, ServerResponse } from "node:http";
import { refuse, toRefusal } from "./answer.ts";
import { AppError } from "./errors.ts";
import type { FunctionSpec } from "./function.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Everything that is neither event, door, health nor metrics: express, loaded when first asked. */
export function createOtherRoutes({
  routes,
  doors = [],
  log,
}: Pick<FunctionSpec, "routes" | "doors" | "log">): {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
} {
  let loading: Promise<Listener> | undefined;

  const load = async (): Promise<Listener> => {
    const { default: express } = await import("express");
    const app = express().disable("x-powered-by");
    await routes?.(app);
    // A route for all methods has none, and says itself what it does not take.
    const methods = new Map<string, string[]>();
    const add = (path: string, more: readonly string[]) =>
      methods.set(path, [...(methods.get(path) ?? []), ...more]);
    for (const { route } of app.router.stack) {
      if (!route) continue;
      const named = route.stack.flatMap(({ method }: { method?: string }) => method ?? []);
      add(
        route.path,
        named.map((method) => method.toUpperCase()),
      );
    }
    const paths = [...methods.keys(), ...doors.map(({ method, path }) => `${method} ${path}`)];
    for (const { method, path } of doors) add(path, [method]);
    for (const [path, known] of methods) {
      if (known.length === 0) continue;
      app.all(path, (_request: Request, response: Response) => {
        const message = `use ${known.join(" or ")}`;
        const allow = known.includes("GET") ? [...known, "HEAD"] : known;
        const refusal = { status: 405, code: "METHOD_NOT_ALLOWED", message };
        refuse(response, refusal, ["allow", allow.join(", ")]);
      });
    }
    app.use(({ path }: Request, response: Response) => {
      const there = paths.length === 0 ? "" : `; there is ${paths.join(", ")}`;
      const message = `nothing at ${path}${there}`;
      refuse(response, { status: 404, code: "NOT_FOUND", message });
    });
    // express knows an error handler by its four arguments.
    app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
      const refusal = toRefusal(asAppError(error));
      const fields = { path: request.path, code: refusal.code, status: refusal.status };
      if (refusal.status < 500) log.warn({ ...fields, reason: refusal.message }, "failed");
      else log.error({ ...fields, err: error }, "failed");
      refuse(response, refusal);
    });
    return app;
  };
  return {
    async answer(request, response) {
      loading ??= load();
      try {
        (await loading)(request, response);
      } catch (error) {
        loading = undefined;
        throw error;
      }
    },
  };
}

/** express and its body parsers throw errors with a status: a bad path escape is 400. */
function asAppError(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error) || !("status" in error)) return error;
  const { status } = error;
  if (typeof status !== "number" || status < 400 || status >= 500) return error;
  return new AppError("BAD_REQUEST", status, error.message, { cause: error });
}
