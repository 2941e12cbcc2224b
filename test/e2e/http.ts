import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

export type Answer = { status: number; headers: IncomingMessage["headers"]; body: string };

/** One request; `host` as the Host header, because not every resolver knows `*.localhost`. */
export async function send(
  url: string,
  options: {
    method?: string;
    host?: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
  } = {},
): Promise<Answer> {
  const { method = "GET", host, headers = {}, body } = options;
  const outgoing = request(url, {
    method,
    headers: { ...headers, ...(host === undefined ? {} : { host }) },
    agent: false,
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await text(response),
  };
}

/** Posts a CloudEvent in binary mode, as curl does it. */
export function postEvent(
  url: string,
  attributes: { id: string; type: string; source?: string } & Record<string, string>,
  data: unknown,
): Promise<Answer> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  for (const [name, value] of Object.entries({
    specversion: "1.0",
    source: "/test",
    ...attributes,
  })) {
    headers[`ce-${name}`] = value;
  }
  return send(url, { method: "POST", headers, body: JSON.stringify(data) });
}
