import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { toOriginForm } from "../../../shared/request-target.ts";
import { farHostText, isNearHost } from "../near-host.ts";
import { createServer } from "../node-http.ts";
import { callerOf } from "./caller.ts";
import type { Attributes } from "./rbac.ts";
import { appendTo, openCall } from "./recording.ts";
import type { OpenCall } from "./recording.ts";
import { sendAnswer, toAnswer } from "./routes/exchange.ts";
import type { Exchange } from "./routes/exchange.ts";
import { Router } from "./routes/router.ts";
import type { RouterParts } from "./routes/router.ts";
import { badRequest, StatusError } from "./status-error.ts";

/** A write the API was asked for, and what became of it. */
export type RecordedRequest = {
  method: string;
  path: string;
  query: string;
  user: string;
  contentType: string;
  userAgent: string;
  code: number;
  /** When it was answered, in milliseconds since 1970. */
  atMs: number;
};

/** Requests kept for `requests()`; older ones are forgotten. */
const maxRecorded = 1_000;

/** @throws StatusError 400 for a path that does not decode or that climbs. */
function segmentsOf(path: string): string[] {
  let segments: string[];
  try {
    segments = path
      .split("/")
      .filter((segment) => segment !== "")
      .map((segment) => decodeURIComponent(segment));
  } catch {
    throw badRequest("the path is not well-formed");
  }
  if (segments.some((segment) => segment === "." || segment === ".." || /[/%\0]/.test(segment))) {
    throw badRequest("invalid path segment: may not be '.' or '..' or contain '/' or '%'");
  }
  return segments;
}

export class ApiServer {
  readonly recorded: RecordedRequest[] = [];
  readonly #parts: RouterParts;
  readonly #router: Router;
  readonly #servers: Server[] = [];
  readonly #record: string | null;

  /** `record`: a file that every call for a resource is appended to, or null. */
  constructor(parts: RouterParts, record: string | null) {
    this.#parts = parts;
    this.#record = record;
    this.#router = new Router(parts);
  }

  /**
   * Listens on 127.0.0.1, and on ::1 where the machine has it. 0 takes a free port.
   * @throws the listen error (EADDRINUSE) as it is.
   */
  async listen(port: number): Promise<number> {
    const bound = await this.#bind(port, "127.0.0.1");
    try {
      await this.#bind(bound, "::1");
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      const noIpv6 = code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
      // A free port was asked for, and 127.0.0.1 has one: someone else's on ::1 is no failure.
      if (!noIpv6 && port !== 0) {
        await this.close();
        throw error;
      }
    }
    return bound;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.splice(0).map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }

  #bind(port: number, host: string): Promise<number> {
    const server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    server.keepAliveTimeout = 60_000;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        this.#servers.push(server);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    toOriginForm(request);
    const [path = "/", search = ""] = (request.url ?? "/").split("?", 2);
    const method = request.method ?? "GET";
    let user = "";
    let open: OpenCall | null = null;
    try {
      const { host } = request.headers;
      if (!isNearHost(host)) throw new StatusError(403, "Forbidden", farHostText(host));
      const caller = callerOf(request.headers, this.#parts.store, this.#parts.tokens);
      user = caller.name;
      const exchange: Exchange = {
        request,
        response,
        method,
        segments: segmentsOf(path),
        query: new URLSearchParams(search),
        user: caller,
        ...(this.#record === null
          ? {}
          : {
              onCall: (attributes: Attributes, isDenied: boolean) => {
                open = openCall(this.#parts.store, caller, attributes, isDenied);
              },
            }),
      };
      const answer = await this.#router.route(exchange);
      if (answer !== undefined) await sendAnswer(response, answer, request.headers);
    } catch (error) {
      if (response.headersSent || response.destroyed) response.destroy();
      else {
        // What is left of a refused body is not read: the connection ends with the answer.
        if (!request.complete) response.setHeader("connection", "close");
        await sendAnswer(response, toAnswer(error), request.headers);
      }
    }
    if (this.#record !== null && open !== null) {
      appendTo(this.#record, { ...(open as OpenCall), httpStatus: response.statusCode });
    }
    if (method === "GET" || method === "HEAD") return;
    this.recorded.push({
      method,
      path,
      query: search,
      user,
      contentType: request.headers["content-type"] ?? "",
      userAgent: request.headers["user-agent"] ?? "",
      code: response.statusCode,
      atMs: performance.timeOrigin + performance.now(),
    });
    if (this.recorded.length > maxRecorded) this.recorded.shift();
  }
}
