import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Agent as HttpsAgent, RequestOptions } from "node:https";
import type { Readable } from "node:stream";
import { KubeError } from "./error.ts";
import type { Credentials } from "./login.ts";
import { createPickedList } from "./picked-list.ts";

export type Answer = {
  httpStatus: number;
  retryAfterSeconds: number | null;
  /** Of a list that was picked from: what is around the items. */
  body: Buffer;
  /** What was picked of each item; null when the answer is no list that was picked from. */
  items: unknown[] | null;
};

type Message = {
  server: URL;
  /** With what the server's own path puts in front, and the query. */
  path: string;
  method: string;
  headers: Record<string, string | number>;
  body: Buffer | null;
  credentials: Credentials;
  timeoutMs: number;
  /** Of a list: what is kept of each item, as it arrives. */
  pick?: (item: unknown) => unknown;
  signal?: AbortSignal;
};

/** One request, one answer, whatever its status. Redirects are not followed. */
export type Exchange = {
  /** @throws KubeError with httpStatus 0 when there is no answer. */
  send(message: Message): Promise<Answer>;
  close(): void;
};

/** A list of 5,000 whole pods is 37 MB. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** More at once would be a burst that only our own share of the API's queues pays for. */
const AGENT = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 16, maxFreeSockets: 16 };

/** Sends over pooled connections; node:https is loaded when it is needed. */
export function createExchange(): Exchange {
  const httpAgent = new HttpAgent(AGENT);
  let httpsAgent: HttpsAgent | undefined;

  const open = async (message: Message, options: RequestOptions): Promise<ClientRequest> => {
    const { protocol, hostname, port } = message.server;
    // Not the URL itself: node:http would take it apart with all its parts for each request.
    const to = {
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port,
      path: message.path,
      ...message.credentials.tls,
      ...options,
    };
    if (protocol === "http:") return request({ ...to, agent: httpAgent });
    const https = await import("node:https");
    httpsAgent ??= new https.Agent(AGENT);
    return https.request({ ...to, agent: httpsAgent });
  };

  return {
    async send(message) {
      const { method, headers, credentials } = message;
      const sent = await open(message, {
        method,
        headers: { ...headers, ...credentials.headers },
      });
      return await settle(sent, message);
    },
    close() {
      httpAgent.destroy();
      httpsAgent?.destroy();
    },
  };
}

function settle(sent: ClientRequest, { body, timeoutMs, pick, signal }: Message): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const message = `the Kubernetes API gave no answer within ${timeoutMs} ms`;
      sent.destroy(new KubeError({ httpStatus: 0, reason: "Timeout", message }));
    }, timeoutMs);
    const abort = () =>
      sent.destroy(new KubeError({ httpStatus: 0, reason: "Aborted", message: "was given up" }));
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    const fail = (error: Error) => {
      done();
      reject(error instanceof KubeError ? error : unreachable(error));
    };
    sent.on("error", fail);
    sent.on("response", (response) => {
      const httpStatus = response.statusCode ?? 0;
      collect(response, httpStatus === 200 ? pick : undefined).then((collected) => {
        done();
        const retryAfterSeconds = retryAfter(response.headers["retry-after"]);
        resolve({ httpStatus, retryAfterSeconds, ...collected });
      }, fail);
    });
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
    sent.end(body ?? undefined);
  });
}

async function collect(
  response: IncomingMessage,
  pick: Message["pick"],
): Promise<Pick<Answer, "body" | "items">> {
  if (response.headers["content-encoding"] !== "gzip") return await collectPlain(response, pick);
  // Only large lists are packed: others do not wait for it to load.
  const { createGunzip } = await import("node:zlib");
  const plain = createGunzip();
  response.on("error", (error) => plain.destroy(error));
  return await collectPlain(response.pipe(plain), pick);
}

function collectPlain(
  response: Readable,
  pick: Message["pick"],
): Promise<Pick<Answer, "body" | "items">> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const list = pick === undefined ? null : createPickedList(pick);
    let length = 0;
    response.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (list === null) chunks.push(chunk);
      else attempt(() => list.push(chunk));
      if (length > MAX_ANSWER_BYTES) {
        const message = "the answer of the Kubernetes API is too large";
        response.destroy(new KubeError({ httpStatus: 0, reason: "TooLarge", message }));
      }
    });
    response.on("end", () => {
      if (list === null) resolve({ body: Buffer.concat(chunks), items: null });
      else attempt(() => resolve(list.end()));
    });
    response.on("error", reject);

    function attempt(step: () => void): void {
      try {
        step();
      } catch (cause) {
        const failure = { httpStatus: 0, reason: "NoJson" };
        const message = "an item of the Kubernetes API's list is no JSON";
        const error = new KubeError({ ...failure, message }, { cause });
        reject(error);
        response.destroy(error);
      }
    }
  });
}

function unreachable(error: Error & { code?: string; errors?: readonly Error[] }): KubeError {
  // Two addresses of one name, both refused: an AggregateError with an empty message.
  const message = error.message || error.errors?.[0]?.message || "no connection";
  const failure = { httpStatus: 0, reason: error.code ?? "NoAnswer" };
  return new KubeError({ ...failure, message: `Kubernetes API: ${message}` }, { cause: error });
}

/** In seconds, as the API server sends it; the form with a date is not used there. */
function retryAfter(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : null;
}
