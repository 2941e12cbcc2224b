import { setTimeout as delay } from "node:timers/promises";
import { parseCeOverrides } from "./ce-overrides.ts";
import { AppError, PermanentError, TransientError } from "./errors.ts";
import type { Event } from "./events/contract.ts";
import { createGate } from "./gate.ts";
import type { Logger } from "./log.ts";
import { type BinaryMessage, toBinary } from "./reply.ts";
import { backoffMs, isRetriable, parseRetryAfter } from "./retry.ts";
import { createPost, type Post } from "./sink-post.ts";
import { createSinkToken, type SinkToken } from "./sink-token.ts";
import { currentSpan } from "./trace/current-span.ts";
import { traceAttributes } from "./trace/trace-context.ts";
import { eventAttributes, inTrace } from "./trace/trace-event.ts";

/** Where a function sends what it says unasked. */
export type Sink = {
  /**
   * Resolves when the sink has taken the event (2xx). Waits for a place while too many are sent.
   * @throws PermanentError SINK_REFUSED: this event will never be taken; INVALID_REPLY: it is none.
   * @throws TransientError SINK_UNAVAILABLE after the last try, SINK_BUSY when too many wait
   * already, SINK_ABORTED when the signal says so.
   */
  send(event: Event, signal?: AbortSignal): Promise<void>;
  /** Ends idle connections. */
  close(): void;
};

export type SinkOptions = {
  url: string;
  /** K_CE_OVERRIDES as it is. */
  ceOverrides: string;
  log: Logger;
  /** Sent at the same time. Default 16: what one broker ingress takes without a queue of its own. */
  concurrency?: number;
  /** Waiting beside them. Default 1,000: a few megabytes. */
  maxWaiting?: number;
  /** For one try. Default 10 s: a synchronous broker answers after its subscribers, cold ones too. */
  tryTimeoutMs?: number;
  /** For all tries of one event, its waiting for a place not counted. Default 30 s. */
  budgetMs?: number;
  /** PEM, for a sink with a certificate of a private authority (K_CA_CERTS). */
  caCerts?: string | undefined;
  /** File with the token for the sink, which need not be there. Default: where a SinkBinding has it. */
  tokenFile?: string;
};

/** @throws Error when `ceOverrides` is not valid. Retries come at least once: receivers deduplicate. */
export function createSink(options: SinkOptions): Sink {
  const { url, log, concurrency = 16, maxWaiting = 1_000 } = options;
  const { tryTimeoutMs = 10_000, budgetMs = 30_000, caCerts } = options;
  const overrides = parseCeOverrides(options.ceOverrides);
  const gate = createGate({ places: concurrency, maxWaiting });
  const post = createPost({ url, maxSockets: concurrency, caCerts });
  const token = createSinkToken(options.tokenFile);

  return {
    async send(event, signal) {
      const span = currentSpan()?.child(`send ${event.type}`, "producer", () =>
        eventAttributes(event),
      );
      const told = span === undefined ? event : inTrace(event, span);
      const message = toBinary({ ...told, ...overrides });
      if (span !== undefined) {
        message.headers.push(...Object.entries(traceAttributes(span.context)).flat());
      }
      try {
        await gate.enter(signal);
        try {
          await sendWithRetries(post, message, {
            token,
            tryTimeoutMs,
            budgetMs,
            signal,
            log,
            id: event.id,
          });
        } finally {
          gate.leave();
        }
        span?.end();
      } catch (error) {
        span?.end({ error });
        if (signal?.aborted !== true || error instanceof AppError) throw error;
        throw new TransientError("SINK_ABORTED", "sending was given up", { cause: error });
      }
    },
    close: () => post.close(),
  };
}

type Limits = {
  token: SinkToken;
  tryTimeoutMs: number;
  budgetMs: number;
  signal: AbortSignal | undefined;
  log: Logger;
  id: string;
};

async function sendWithRetries(post: Post, message: BinaryMessage, limits: Limits): Promise<void> {
  const { token, tryTimeoutMs, budgetMs, signal, log, id } = limits;
  const deadlineMs = performance.now() + budgetMs;
  for (let attempt = 1; ; attempt += 1) {
    const leftMs = deadlineMs - performance.now();
    const failure = await tryOnce(post, token, message, Math.min(tryTimeoutMs, leftMs), signal);
    if (failure === null) return;
    const { reason, retryAfterMs, cause } = failure;
    const waitMs = backoffMs(attempt, retryAfterMs, Math.random());
    const isLast = performance.now() + waitMs >= deadlineMs;
    if (!isLast) {
      log.debug({ event_id: id, attempt, reason, wait_ms: waitMs }, "retrying");
      await delay(waitMs, undefined, { signal });
    }
    // A machine at a standstill waits longer than it was told to: a try without time would fail, and
    // hide the reason.
    if (isLast || performance.now() >= deadlineMs) {
      throw new TransientError("SINK_UNAVAILABLE", `${reason} (tries: ${attempt})`, { cause });
    }
  }
}

type Failure = { reason: string; retryAfterMs: number | null; cause?: unknown };

/** null when the event was taken. @throws PermanentError SINK_REFUSED; what the signal aborts with. */
async function tryOnce(
  post: Post,
  token: SinkToken,
  message: BinaryMessage,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Failure | null> {
  try {
    const authorization = await token.header();
    const authorized = authorization === null ? [] : ["authorization", authorization];
    const { status, retryAfter, excerpt } = await post.send(
      { ...message, headers: [...message.headers, ...authorized] },
      timeoutMs,
      signal,
    );
    if (status >= 200 && status < 300) return null;
    // Renewed meanwhile, perhaps: who asked us asks again, and then the file is read anew.
    if (status === 401) token.forget();
    const reason = `the sink answered ${status}${excerpt === "" ? "" : `: ${excerpt}`}`;
    // A redirect too: what is behind it is not what we were told to trust.
    if (!isRetriable(status)) throw new PermanentError("SINK_REFUSED", reason);
    return { reason, retryAfterMs: parseRetryAfter(retryAfter, Date.now()) };
  } catch (error) {
    if (error instanceof AppError || signal?.aborted === true) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return { reason: `the sink cannot be reached: ${reason}`, retryAfterMs: null, cause: error };
  }
}
