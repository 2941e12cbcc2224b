import type { IncomingMessage } from "node:http";

/** What the gateway tells about the client. Whatever the client had written there is not passed on. */
export function forwardedHeaders({ socket, headers }: IncomingMessage): string[] {
  const from = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return [
    "X-Forwarded-For",
    from,
    "X-Forwarded-Host",
    headers.host ?? "",
    "X-Forwarded-Proto",
    "http",
  ];
}
