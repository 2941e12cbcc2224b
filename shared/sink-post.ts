import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import type { RequestOptions } from "node:https";
import type { BinaryMessage } from "./reply.ts";

type SinkAnswer = {
  status: number;
  retryAfter: string | undefined;
  /** The start of the body on one line, for the reason of a failure. */
  excerpt: string;
};

/** Posts to one URL over connections that are kept. Redirects are answers like any other. */
export type Post = {
  /** @throws Error when there is no complete answer within `timeoutMs`, or the signal aborts. */
  send(
    message: BinaryMessage,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<SinkAnswer>;
  close(): void;
};

type Transport = {
  request(options: RequestOptions, answered: (response: IncomingMessage) => void): ClientRequest;
  close(): void;
};

export function createPost(options: {
  url: string;
  maxSockets: number;
  caCerts: string | undefined;
}): Post {
  const { protocol, host, hostname, port, pathname, search } = new URL(options.url);
  const target = {
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port,
    path: `${pathname}${search}`,
    method: "POST",
  };
  const agentOptions = { keepAlive: true, maxSockets: options.maxSockets };
  let transport: Promise<Transport> | undefined;

  const connect = async (): Promise<Transport> => {
    if (protocol === "http:") {
      const agent = new Agent(agentOptions);
      return {
        request: (request, answered) => requestHttp({ ...request, agent }, answered),
        close: () => agent.destroy(),
      };
    }
    // TLS takes milliseconds to load, which a function with a plain sink need not pay.
    const https = await import("node:https");
    const ca = options.caCerts;
    const agent = new https.Agent({ ...agentOptions, ...(ca === undefined ? {} : { ca }) });
    return {
      request: (request, answered) => https.request({ ...request, agent }, answered),
      close: () => agent.destroy(),
    };
  };

  return {
    async send({ headers, body, encoding }, timeoutMs, signal) {
      const open = await (transport ??= connect());
      return await new Promise((resolve, reject) => {
        // node:http adds no Host to a flat list of headers.
        const request = { ...target, headers: ["host", host, ...headers] };
        const sent = open.request(request, (response) => {
          readAnswer(response).then(resolve, reject).finally(stop);
        });
        const timer = setTimeout(() => {
          sent.destroy(new Error(`no answer within ${Math.round(timeoutMs)} ms`));
        }, timeoutMs);
        const abort = (): void => void sent.destroy(new Error("aborted"));
        const stop = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", abort);
        };
        signal?.addEventListener("abort", abort, { once: true });
        sent.once("error", (error) => {
          stop();
          reject(error);
        });
        sent.end(body, encoding);
      });
    },
    close() {
      void transport?.then((open) => open.close());
    },
  };
}

const MAX_EXCERPT_LENGTH = 300;
/** A sink that answers more is cut off: nothing in it is read. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** By its events: an iterator of a stream costs more than all else that is done with an answer. */
function readAnswer(response: IncomingMessage): Promise<SinkAnswer> {
  return new Promise((resolve, reject) => {
    let excerpt = "";
    let length = 0;
    const end = (): void => {
      resolve({
        status: response.statusCode ?? 0,
        retryAfter: response.headers["retry-after"],
        excerpt: excerpt
          .slice(0, MAX_EXCERPT_LENGTH)
          .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
          .trim(),
      });
    };
    response.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (excerpt.length < MAX_EXCERPT_LENGTH) excerpt += chunk.toString("utf8");
      if (length <= MAX_ANSWER_BYTES) return;
      end();
      response.destroy();
    });
    response.once("end", end).once("error", reject);
  });
}
