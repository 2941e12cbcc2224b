import { type Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

/** Replies are events: a body beyond this is none that the broker would take (1 MiB and its headers). */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

export type Post = {
  url: URL;
  agent: Agent;
  headers: readonly [string, string][];
  body: Buffer;
  signal: AbortSignal;
  /** Called when the answer begins and with each part of it. */
  onBytes?: () => void;
};

export type Answer = { status: number; headers: Record<string, string>; body: Buffer };

/**
 * POSTs and reads the whole answer; redirects are answers too. Rejects when none comes.
 * A kept-alive connection that its server has just closed is no failure: the request goes out once
 * more on a new one.
 */
export async function post(request: Post): Promise<Answer> {
  try {
    return await postOnce(request);
  } catch (error) {
    if (!(error instanceof StaleConnectionError)) throw error;
    return postOnce(request);
  }
}

class StaleConnectionError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

function postOnce({ url, agent, headers, body, signal, onBytes }: Post): Promise<Answer> {
  return new Promise((done, failed) => {
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = send(url, { method: "POST", agent, signal });
    for (const [name, value] of headers) outgoing.appendHeader(name, value);
    outgoing.setHeader("content-length", body.length);
    outgoing.once("error", (error: NodeJS.ErrnoException) => {
      const isStale = outgoing.reusedSocket && error.code === "ECONNRESET";
      failed(isStale ? new StaleConnectionError(error) : error);
    });
    outgoing.once("response", (response) => {
      onBytes?.();
      if (onBytes !== undefined) response.on("data", onBytes);
      readAnswer(response).then(done, (error: Error) => {
        outgoing.destroy();
        failed(error);
      });
    });
    outgoing.end(body);
  });
}

function readAnswer(response: IncomingMessage): Promise<Answer> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    response.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_ANSWER_BYTES)
        failed(new Error(`answers more than ${MAX_ANSWER_BYTES} bytes`));
      else chunks.push(chunk);
    });
    response.once("error", failed);
    response.once("aborted", () => failed(new Error("the answer broke off")));
    response.once("end", () => {
      const headers: Record<string, string> = Object.create(null) as Record<string, string>;
      for (const [name, value] of Object.entries(response.headers)) {
        if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
      }
      done({ status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks) });
    });
  });
}
