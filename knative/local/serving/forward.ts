import type { IncomingMessage, ServerResponse } from "node:http";
import { request } from "../node-http.ts";
import { ActivationError } from "./activation-error.ts";
import type { Activator, Lease } from "./activator.ts";
import { forwardedHeaders } from "./forwarded-headers.ts";
import { endToEndHeaders } from "./hop-headers.ts";
import { type RequestTimer, startRequestTimer } from "./request-timer.ts";

/**
 * Passes one request on to a service and its answer back, both as they come: a stream of
 * server-sent events flows, and counts as a request for as long as it is open, so it keeps the
 * process, as on Knative. A client that leaves ends the request at the service too.
 */
export async function forward(
  activator: Activator,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort(new Error("the client has gone"));
  });
  const timer = startRequestTimer(activator.revision, (reason) => gone.abort(reason));
  let lease: Lease | null = null;
  try {
    lease = await activator.acquire(gone.signal);
    while (!(await exchange(lease, incoming, outgoing, timer, gone.signal))) {
      // Each one that was stale is gone from the agent: the last is a connection of its own.
    }
  } catch (error) {
    answerError(outgoing, gone.signal.aborted ? gone.signal.reason : error);
  } finally {
    timer.end();
    lease?.release();
  }
}

/** What a write to, or a read from, a connection says that the other side has closed. */
const CLOSED: ReadonlySet<string | undefined> = new Set(["ECONNRESET", "EPIPE"]);

/**
 * False when the kept-alive connection was closed before anything came back, and nothing is lost
 * with it.
 */
function exchange(
  { port, agent }: Lease,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  timer: RequestTimer,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((done, failed) => {
    const hasBody = "content-length" in incoming.headers || "transfer-encoding" in incoming.headers;
    const upstream = request({
      host: "127.0.0.1",
      port,
      agent,
      method: incoming.method,
      path: incoming.url,
      headers: [...requestHeaders(incoming), ...forwardedHeaders(incoming)],
      signal,
    });
    upstream.once("error", (error: NodeJS.ErrnoException) => {
      incoming.unpipe(upstream);
      const isStale = upstream.reusedSocket && CLOSED.has(error.code) && !hasBody;
      if (isStale && !outgoing.headersSent) done(false);
      else failed(error);
    });
    upstream.once("response", (answer) => {
      timer.onBytes();
      answer.on("data", timer.onBytes);
      const { statusCode = 502, statusMessage } = answer;
      outgoing.writeHead(statusCode, statusMessage, endToEndHeaders(answer.rawHeaders, []));
      // The first byte of a stream may come much later, and the client must see that it is open;
      // an answer that is there already goes out in one piece.
      setImmediate(() => {
        if (!outgoing.writableEnded) outgoing.flushHeaders();
      });
      answer.once("error", failed);
      answer.pipe(outgoing);
      outgoing.once("finish", () => done(true));
    });
    if (hasBody) incoming.pipe(upstream);
    else upstream.end();
  });
}

function requestHeaders(incoming: IncomingMessage): string[] {
  const headers = endToEndHeaders(incoming.rawHeaders, [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "expect",
  ]);
  return "transfer-encoding" in incoming.headers
    ? [...headers, "transfer-encoding", "chunked"]
    : headers;
}

function answerError(outgoing: ServerResponse, error: unknown): void {
  if (outgoing.destroyed) return;
  const known = error instanceof ActivationError ? error : null;
  if (outgoing.headersSent) {
    // A limit that is over ends a stream with its message, and what came before looks whole.
    if (known !== null && outgoing.chunkedEncoding) outgoing.end(known.message);
    else outgoing.destroy();
    return;
  }
  answerJson(outgoing, known?.status ?? 502, {
    code: known?.code ?? "BAD_GATEWAY",
    message: known?.message ?? `the service did not answer: ${(error as Error).message}`,
  });
}

/** Answers `{code, message}`, and ends the connection: its request may not have been read. */
export function answerJson(
  outgoing: ServerResponse,
  status: number,
  fault: { code: string; message: string },
): void {
  const body = `${JSON.stringify(fault)}\n`;
  outgoing.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    connection: "close",
  });
  outgoing.end(body);
}
