import type { ClientRequest, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { z } from "zod";
import type { Login } from "../../../shared/kube/login.ts";
import { request as httpRequest } from "../node-http.ts";

/** An answer that is no success. `status` 0: none came, or the stream broke. */
export class WatchError extends Error {
  readonly status: number;
  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "WatchError";
    this.status = status;
  }
}

const Change = z.object({
  type: z.enum(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]),
  object: z.looseObject({}),
});
export type WatchLine = z.output<typeof Change>;

/** A list is read whole; 5,000 pods are 37 MB. */
const MAX_LIST_CHARACTERS = 128 * 1024 * 1024;

/** GETs JSON. @throws WatchError */
export async function getJson(login: Login, path: string, signal: AbortSignal): Promise<unknown> {
  const response = await open(login, path, signal);
  return JSON.parse(await textOf(response));
}

/** POSTs JSON, and gives what is answered. @throws WatchError */
export async function postJson(
  login: Login,
  path: string,
  body: object,
  signal: AbortSignal,
): Promise<unknown> {
  return JSON.parse(await textOf(await open(login, path, signal, JSON.stringify(body))));
}

/** Each line of a watch as it comes; ends when the server ends it. @throws WatchError */
export async function* watchLines(
  login: Login,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<WatchLine> {
  const response = await open(login, path, signal);
  response.setEncoding("utf8");
  let rest = "";
  try {
    for await (const text of response as AsyncIterable<string>) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield Change.parse(JSON.parse(line));
    }
  } finally {
    response.destroy();
  }
}

/** With a body it is a POST. */
async function open(
  login: Login,
  path: string,
  signal: AbortSignal,
  body: string | null = null,
): Promise<IncomingMessage> {
  const { headers, tls } = await login.credentials(false);
  const url = new URL(login.server);
  const [pathname = "", search = ""] = path.split("?");
  // Some clusters live below a path: https://host/k8s/clusters/c-1
  url.pathname = url.pathname.replace(/\/+$/, "") + pathname;
  url.search = search;
  const isHttps = url.protocol === "https:";
  const options = {
    method: body === null ? "GET" : "POST",
    headers: {
      ...headers,
      accept: "application/json",
      "user-agent": "vigie/1",
      ...(body === null ? {} : { "content-type": "application/json" }),
    },
  };
  const sent: ClientRequest = isHttps
    ? httpsRequest(url, { ...tls, ...options, signal })
    : httpRequest(url, { ...options, agent: false, signal });
  const response = await new Promise<IncomingMessage>((done, failed) => {
    sent.once("response", done);
    sent.once("error", (cause) => failed(new WatchError(0, cause.message, { cause })));
    sent.end(body ?? undefined);
  });
  const isSuccess = response.statusCode === 200 || response.statusCode === 201;
  if (isSuccess) return response;
  const text = await textOf(response);
  throw new WatchError(response.statusCode ?? 0, messageOf(text) ?? `HTTP ${response.statusCode}`);
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding("utf8");
  let text = "";
  for await (const more of response as AsyncIterable<string>) {
    text += more;
    if (text.length > MAX_LIST_CHARACTERS) throw new WatchError(0, "the answer is too large");
  }
  return text;
}

/** Of a Status object. */
function messageOf(text: string): string | null {
  try {
    return z.object({ message: z.string() }).parse(JSON.parse(text)).message;
  } catch {
    return null;
  }
}
