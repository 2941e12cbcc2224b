import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { request } from "../node-http.ts";
import { ActivationError } from "./activation-error.ts";
import type { Activator, Lease } from "./activator.ts";
import { forwardedHeaders } from "./forwarded-headers.ts";
import { endToEndHeaders } from "./hop-headers.ts";

/** Passes a protocol change (WebSocket) through. The connection counts as a request while open. */
export async function forwardUpgrade(
  activator: Activator,
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Promise<void> {
  const gone = new AbortController();
  client.once("close", () => gone.abort(new Error("the client has gone")));
  client.once("error", () => gone.abort(new Error("the client has gone")));
  let lease: Lease | null = null;
  try {
    lease = await activator.acquire(gone.signal);
    await tunnel(lease, incoming, client, head, gone.signal);
  } catch (error) {
    refuseUpgrade(client, error instanceof ActivationError ? error.status : 502, String(error));
  } finally {
    lease?.release();
  }
}

function tunnel(
  { port }: Lease,
  incoming: IncomingMessage,
  client: Duplex,
  head: Buffer,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((done, failed) => {
    const upstream = request({
      host: "127.0.0.1",
      port,
      agent: false,
      method: incoming.method,
      path: incoming.url,
      headers: [
        ...endToEndHeaders(incoming.rawHeaders, []),
        ...forwardedHeaders(incoming),
        "connection",
        "upgrade",
        "upgrade",
        incoming.headers.upgrade ?? "",
      ],
      signal,
    });
    upstream.once("error", failed);
    upstream.once("response", (answer) => {
      answer.resume();
      failed(new Error(`the service answers ${answer.statusCode} to an upgrade`));
    });
    upstream.once("upgrade", (answer, server, serverHead) => {
      client.write(`HTTP/1.1 101 ${answer.statusMessage}\r\n${headerLines(answer.rawHeaders)}\r\n`);
      if (serverHead.length > 0) client.write(serverHead);
      if (head.length > 0) server.write(head);
      const end = () => {
        server.destroy();
        client.destroy();
        done();
      };
      for (const side of [server, client]) side.once("close", end).once("error", end);
      server.pipe(client).pipe(server);
    });
    upstream.end();
  });
}

function headerLines(rawHeaders: readonly string[]): string {
  let lines = "";
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    lines += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  }
  return lines;
}

/** Answers an upgrade that cannot be, and closes. Only `status` reaches the status line. */
export function refuseUpgrade(client: Duplex, status: number, message: string): void {
  if (client.destroyed) return;
  const body = `${JSON.stringify({ code: "UPGRADE_REFUSED", message })}\n`;
  client.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
