import type { IncomingMessage, ServerResponse } from "node:http";
import { sendAnswer, sendJson } from "./answer.ts";
import { readBody } from "./body.ts";
import type { CloudEvent } from "./cloud-event.ts";
import type { Refusal } from "./delivery.ts";
import type { Answer, Intake, Refused } from "./engine.ts";
import type { Explained } from "./explained.ts";
import { passedHeaders } from "./passed-headers.ts";
import { readEvent } from "./read-event.ts";
import { UnreadableEvent } from "./unreadable-event.ts";

export type IngressOptions = {
  intake: Intake;
  /** What the triggers of a broker say to an event, or why the broker would not take it. */
  explain: (brokerKey: string, event: CloudEvent) => Explained | Refused;
  maxBodyBytes: number;
  bodyTimeoutMs?: number | undefined;
  now: () => number;
  onRefused: (refusal: Refusal) => void;
};

type Request = { method: string; path: string };
type Posted = { namespace: string; name: string; event: CloudEvent };

/** Ours: Knative's ingress takes a query for a part of the broker's name, and answers 404. */
const EXPLAIN = /\?explain(=(true|1)?)?$/;

const refuse = (status: number, code: string, message: string): Refused => ({
  status,
  code,
  message,
});

/**
 * `POST /<namespace>/<broker>`, as `E:pkg/broker/ingress/ingress_handler.go` answers it: method,
 * path, event, broker, TTL, in this order. With `?explain` the triggers are asked, and that is all.
 */
export function createIngress(options: IngressOptions) {
  const { intake, explain, maxBodyBytes, bodyTimeoutMs, now, onRefused } = options;

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url: path = "/" } = request;
    if (method === "OPTIONS") {
      response.setHeader("WebHook-Allowed-Origin", "*");
      response.setHeader("WebHook-Allowed-Rate", "*");
      response.setHeader("Allow", "POST, OPTIONS");
      response.setHeader("Content-Length", 0);
      response.end();
      return;
    }
    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) gone.abort(new Error("the sender left"));
    });
    let answer: Answer | Explained;
    try {
      const posted = await readPosted(request, { method, path: path.replace(EXPLAIN, "") });
      if ("message" in posted) answer = posted;
      else {
        const { namespace, name, event } = posted;
        answer = EXPLAIN.test(path)
          ? explain(`${namespace}/${name}`, event)
          : await intake(namespace, name, event, passedHeaders(request.headers), gone.signal);
      }
    } catch (error) {
      answer = refuse(500, "INTERNAL", (error as Error).message);
    }
    if ("message" in answer) {
      const { status, code, message } = answer;
      onRefused({ time: new Date(now()), method, path: path.slice(0, 200), status, code, message });
      // What is left of the body is not worth reading.
      if (!request.complete) response.setHeader("Connection", "close");
    }
    if ("triggers" in answer) sendJson(response, 200, answer);
    else sendAnswer(response, answer);
  };

  async function readPosted(
    request: IncomingMessage,
    { method, path }: Request,
  ): Promise<Posted | Refused> {
    if (method !== "POST") {
      return refuse(405, "METHOD_NOT_ALLOWED", `${method} is not taken here: POST an event`);
    }
    if (path === "/") return refuse(404, "NO_BROKER", "POST to /<namespace>/<broker>");
    const segments = path.replace(/\/$/, "").split("/").slice(1);
    const [namespace, name] = segments;
    if (segments.length !== 2 || !namespace || !name) {
      return refuse(400, "BAD_PATH", "POST to /<namespace>/<broker>: two segments");
    }
    const body = await readBody(request, maxBodyBytes, bodyTimeoutMs);
    if (body.kind === "too-large") {
      const message = `the body is larger than ${maxBodyBytes} bytes`;
      return refuse(413, "BODY_TOO_LARGE", message);
    }
    if (body.kind === "too-slow") return refuse(408, "BODY_TOO_SLOW", "the body took too long");
    if (body.kind === "cut") return refuse(400, "BODY_CUT", "the body ended too early");
    let event: CloudEvent | null;
    try {
      event = readEvent(request.headers, body.bytes);
    } catch (error) {
      if (error instanceof UnreadableEvent) return refuse(400, "UNREADABLE_EVENT", error.message);
      throw error;
    }
    if (event === null) {
      const version = request.headers["ce-specversion"];
      const message =
        version === undefined
          ? "not a CloudEvent: send ce-specversion, ce-id, ce-source and ce-type headers, or application/cloudevents+json"
          : `not a CloudEvent: ce-specversion ${JSON.stringify(version.slice(0, 20))} is neither "1.0" nor "0.3"`;
      return refuse(400, "NOT_AN_EVENT", message);
    }
    return { namespace, name, event };
  }
}
