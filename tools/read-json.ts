import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

/** A journal is at most 400 KiB; a port-forward to it is slow at most. */
const MAX_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * What a door answers as JSON. Names below `localhost` are this machine's, whatever its resolver
 * says of them: the gateway goes by the Host header.
 * @throws Error with what the door said, when that is not 200.
 */
export async function readJsonFrom(url: string): Promise<unknown> {
  const { protocol, hostname, host, port, pathname, search } = new URL(url);
  const isLocal = hostname === "localhost" || hostname.endsWith(".localhost");
  const request = (protocol === "https:" ? httpsRequest : httpRequest)({
    host: isLocal ? "127.0.0.1" : hostname,
    port: port || (protocol === "https:" ? 443 : 80),
    path: `${pathname}${search}`,
    headers: { host, accept: "application/json" },
    timeout: TIMEOUT_MS,
  });
  request.on("timeout", () => request.destroy(new Error(`no answer in ${TIMEOUT_MS / 1000} s`)));
  request.end();
  let response: IncomingMessage;
  try {
    [response] = (await once(request, "response")) as [IncomingMessage];
  } catch (error) {
    throw new Error(`${url}: ${(error as Error).message}`, { cause: error });
  }
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > MAX_BYTES) throw new Error(`${url}: more than 16 MiB`);
  }
  if (response.statusCode !== 200) {
    throw new Error(`${url}: ${messageIn(text) ?? `${response.statusCode} ${text.slice(0, 300)}`}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${url}: no JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** What one of our doors says of a refusal; null for what is none of theirs. */
function messageIn(text: string): string | null {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : null;
  } catch {
    return null;
  }
}
