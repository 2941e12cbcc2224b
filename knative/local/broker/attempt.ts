import { setMaxListeners } from "node:events";
import { whenAborted } from "../when-aborted.ts";
import type { CloudEvent } from "./cloud-event.ts";
import { ERROR_BODY_BYTES, errorExtensions, type KnativeError } from "./knative-error.ts";
import { replyHeaders } from "./passed-headers.ts";
import { isRetryable } from "./policy.ts";
import { readEvent } from "./read-event.ts";
import type { Endpoint, Route } from "./route.ts";
import { type Deliver, type DeliverResponse, type Target, targetUrl } from "./target.ts";
import { UnreadableEvent } from "./unreadable-event.ts";
import { writeBinary, writeStructured } from "./write-event.ts";

export type Reply = { event: CloudEvent; headers: [string, string][] };

/** What one attempt came to. */
export type Attempt = {
  start: "cold" | "warm" | null;
  durationMs: number;
} & (
  | { isSuccess: true; status: number; reply: Reply | null }
  | {
      isSuccess: false;
      status: number | "error";
      isRetryable: boolean;
      reason: string;
      /** Null where Knative's dead letters say nothing: no event in the answer, or a time-out (MT). */
      error: KnativeError | null;
      /** The header of the answer. */
      retryAfter: string | null;
      /** The end of the story was not ours: the sender left, or the runtime stops. */
      isAborted: boolean;
    }
);

export type AttemptRequest = {
  route: Route;
  stage: "subscriber" | "dead-letter-sink";
  /** Without TTL. */
  event: CloudEvent;
  headers: [string, string][];
  signal: AbortSignal;
};

/** Takes an event into another broker of this runtime; the status that broker answers. */
export type SendToBroker = (
  namespace: string,
  name: string,
  event: CloudEvent,
  headers: [string, string][],
  signal: AbortSignal,
) => Promise<number>;

/** Makes one attempt. Never rejects. */
export async function attempt(
  request: AttemptRequest,
  deliver: Deliver,
  sendToBroker: SendToBroker,
): Promise<Attempt> {
  const { route, stage, event, signal } = request;
  const endpoint = stage === "subscriber" ? route.subscriber : (route.deadLetterSink as Endpoint);
  const startedAt = performance.now();
  const took = () => performance.now() - startedAt;
  const { target } = endpoint;
  if (target instanceof Error) {
    // MT's filter: no retry. `E:pkg/broker/filter/filter_handler.go`
    return failed(400, target.message, null, endpoint.name, took());
  }
  const { policy, broker, trigger } = route;
  const isStructured = policy.format === "json" && stage === "subscriber";
  const message = isStructured ? writeStructured(event) : writeBinary(event);
  const headers = [...request.headers, ...message.headers];
  if (stage === "subscriber") headers.push(["Prefer", "reply"]);
  headers.push(["Kn-Namespace", trigger.namespace]);
  try {
    const response = await withTimeout(policy.timeoutMs, signal, (attemptSignal) =>
      target.kind === "broker"
        ? sendToBroker(target.namespace, target.name, event, request.headers, attemptSignal).then(
            (status): DeliverResponse => ({
              status,
              headers: {},
              body: Buffer.alloc(0),
              start: null,
            }),
          )
        : deliver({ target, headers, body: message.body, signal: attemptSignal }),
    );
    const readsReply = stage === "subscriber" || broker.flavour === "kafka";
    const reads = readsReply && { to: request.headers, channel: route.channel };
    return judge(response, target, reads, took());
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === "TimeoutError";
    const reason = isTimeout ? `no answer within ${policy.timeoutMs} ms` : messageOf(error);
    const url = targetUrl(target);
    const isAborted = signal.aborted;
    const isKafka = broker.flavour === "kafka";
    // What MT's filter answers the channel for a subscriber that it could not reach.
    const body = Buffer.from(isKafka ? "" : `dispatch error: ${reason}`);
    return {
      isSuccess: false,
      status: "error",
      isRetryable: true,
      reason,
      error:
        isTimeout && !isKafka && route.channel === null
          ? null
          : { destination: url, code: 500, body, extensions: {} },
      retryAfter: null,
      isAborted,
      start: null,
      durationMs: took(),
    };
  }
}

function judge(
  response: DeliverResponse,
  target: Target,
  reads: { to: readonly [string, string][]; channel: Route["channel"] } | false,
  durationMs: number,
): Attempt {
  const { status, start } = response;
  if (status < 200 || status > 299) {
    const { headers, body } = response;
    const reason = reasonOf(status, body);
    const error: KnativeError = {
      destination: targetUrl(target),
      code: status,
      body: body.subarray(0, ERROR_BODY_BYTES),
      extensions: errorExtensions(headers),
    };
    const retryAfter = headers["retry-after"] ?? null;
    return { ...failed(status, reason, error, "", durationMs), retryAfter, start };
  }
  // A channel posts an answer to the reply alone, and lets go what is no event.
  const isRead = reads !== false && (reads.channel === null || reads.channel.reply !== null);
  if (!isRead) return { isSuccess: true, status, reply: null, start, durationMs };
  try {
    const event = readEvent(response.headers, response.body);
    if (event !== null) {
      const reply = { event, headers: replyHeaders(response.headers, reads.to) };
      return { isSuccess: true, status, reply, start, durationMs };
    }
    if (response.body.length === 0 || reads.channel !== null) {
      return { isSuccess: true, status, reply: null, start, durationMs };
    }
    const reason = `answered ${status} with a body that is no CloudEvent: Knative takes that for a 502`;
    return { ...failed(502, reason, null, "", durationMs), start };
  } catch (error) {
    if (!(error instanceof UnreadableEvent)) throw error;
    const reason = `answered ${status} with an unreadable CloudEvent (${error.message}): a 502`;
    return { ...failed(502, reason, null, "", durationMs), start };
  }
}

function failed(
  status: number,
  reason: string,
  error: KnativeError | null,
  unresolved: string,
  durationMs: number,
) {
  return {
    isSuccess: false as const,
    status,
    isRetryable: isRetryable(status),
    reason: unresolved === "" ? reason : `${unresolved} has no address: ${reason}`,
    error,
    retryAfter: null,
    isAborted: false,
    start: null,
    durationMs,
  };
}

/** The `message` of a JSON error body, else its first line; short and printable. */
function reasonOf(status: number, body: Buffer): string {
  const text = body.subarray(0, 2_000).toString();
  const message = jsonMessage(text) ?? text.split("\n", 1)[0] ?? "";
  const printable = message
    .replace(/\p{Cc}/gu, " ")
    .trim()
    .slice(0, 200);
  return printable === "" ? `answered ${status}` : printable;
}

function jsonMessage(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("message" in value)) return null;
    return typeof value.message === "string" ? value.message : null;
  } catch {
    return null;
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return error.message === "" ? (code ?? error.name) : error.message;
}

/** Runs with a signal that also ends at the time-out, and does not wait for what ignores it. */
async function withTimeout<T>(
  timeoutMs: number | null,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (timeoutMs === null) return run(signal);
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  if (signal.aborted) controller.abort(signal.reason);
  const settle = whenAborted(signal, (reason) => controller.abort(reason));
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        const error = new DOMException(`no answer within ${timeoutMs} ms`, "TimeoutError");
        reject(error);
        controller.abort(error);
      },
      Math.min(timeoutMs, 2 ** 31 - 1),
    );
  });
  try {
    return await Promise.race([run(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
    settle();
  }
}
