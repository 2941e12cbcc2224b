import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { Dispatcher, Pool } from "undici";
import { whenAborted } from "../when-aborted.ts";

/** Replies are events: a body beyond this is none that the broker would take (1 MiB and its headers). */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

type Post = {
  /** Default POST. */
  method?: "POST" | "GET";
  /** With the query. */
  path: string;
  headers: readonly [string, string][];
  body: Buffer;
  signal: AbortSignal;
  /** Called when the answer begins and with each part of it. */
  onBytes?: () => void;
};

type Answer = { status: number; headers: Record<string, string>; body: Buffer };

/** POSTs to one origin over connections that it keeps. */
export type Poster = {
  /**
   * Sends and reads the whole answer; redirects are answers too. Rejects when none comes: with an
   * UnansweredError, unless it was called off.
   * A kept connection that its server closed while it was idle is no failure: the request goes out
   * once more on another one. One that is cut at work is, as with Go's client.
   */
  post(request: Post): Promise<Answer>;
  /** Lets go of idle connections at once, and of the others when they have their answer. */
  close(): void;
  destroy(): void;
};

/** Servers keep idle connections for longer: one that ends sooner was not closed for being idle. */
const IDLE_MS = 1_000;

/** undici takes a quarter of the time that node:http does for a request. It is loaded by the first. */
export function createPoster(origin: string, now = () => performance.now()): Poster {
  /** Of connections that have brought an answer before: when the last one came. */
  const stale = new WeakMap<Error, number>();
  let isEnded = false;
  let opened: Promise<Pool> | null = null;
  const open = () => (opened ??= openPool(origin, stale, now));
  const ended = (how: (pool: Pool) => Promise<void>) => {
    isEnded = true;
    opened?.then(how).catch(() => undefined);
  };
  return {
    async post(request) {
      if (isEnded) throw new Error(`connections to ${origin} are closed`);
      const pool = await open();
      request.signal.throwIfAborted();
      const idleSince = now() - IDLE_MS;
      try {
        return await postOnce(pool, request);
      } catch (error) {
        const isStale =
          error instanceof UnansweredError &&
          (stale.get(error.cause) ?? Number.POSITIVE_INFINITY) <= idleSince;
        if (isStale && !request.signal.aborted) return await postOnce(pool, request);
        throw error;
      }
    },
    close: () => ended((pool) => pool.close()),
    destroy: () => ended((pool) => pool.destroy()),
  };
}

async function openPool(
  origin: string,
  stale: WeakMap<Error, number>,
  now: () => number,
): Promise<Pool> {
  // Half of the memory and time that the whole package takes.
  const [{ default: buildConnector }, { default: Pool }] = await Promise.all([
    import("undici/lib/core/connect.js"),
    import("undici/lib/dispatcher/pool.js"),
  ]);
  const connect = buildConnector({ allowH2: false, timeout: 0 });
  return new Pool(origin, {
    // Time limits are the caller's: of the trigger, of the service.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (options, callback) =>
      connect(options, (...result) => {
        const [error, socket] = result;
        if (error === null) watch(socket, stale, now);
        callback(...result);
      }),
  });
}

function watch(socket: Socket, stale: WeakMap<Error, number>, now: () => number): void {
  let bytesRead = 0;
  let readAt = 0;
  // undici reads; the end of a connection makes it readable too.
  socket.on("readable", () => {
    if (socket.bytesRead > bytesRead) readAt = now();
    bytesRead = socket.bytesRead;
  });
  socket.once("error", (error) => {
    if (bytesRead > 0) stale.set(error, readAt);
  });
}

/** The connection ended before anything of the answer had come. */
export class UnansweredError extends Error {
  override readonly cause: Error & { code?: string };
  constructor(cause: Error & { code?: string }) {
    super(cause.message || cause.code || cause.name, { cause });
    this.cause = cause;
  }
}

function postOnce(
  pool: Pool,
  { method = "POST", path, headers, body, signal, onBytes }: Post,
): Promise<Answer> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    let status = 0;
    let answered: IncomingHttpHeaders = {};
    let running: Dispatcher.DispatchController | null = null;
    const settle = whenAborted(signal, () => {
      const reason = signal.reason as Error;
      settle();
      failed(reason);
      running?.abort(reason);
    });
    pool.dispatch(
      { method, path, headers: headers.flat(), body: method === "GET" ? null : body },
      {
        onRequestStart(controller) {
          running = controller;
          if (signal.aborted) controller.abort(signal.reason as Error);
        },
        onResponseStart(_, statusCode, responseHeaders) {
          // 1xx: the answer is still to come.
          if (statusCode < 200) return;
          status = statusCode;
          answered = responseHeaders;
          onBytes?.();
        },
        onResponseData(controller, chunk) {
          onBytes?.();
          sizeBytes += chunk.length;
          if (sizeBytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
          else controller.abort(new Error(`answers more than ${MAX_ANSWER_BYTES} bytes`));
        },
        onResponseEnd() {
          settle();
          done({ status, headers: toTexts(answered), body: joined(chunks) });
        },
        onResponseError(_, error) {
          settle();
          failed(status === 0 ? new UnansweredError(error) : error);
        },
      },
    );
  });
}

const joined = (chunks: readonly Buffer[]): Buffer =>
  chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);

function toTexts(headers: IncomingHttpHeaders): Record<string, string> {
  const texts: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) texts[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return texts;
}
