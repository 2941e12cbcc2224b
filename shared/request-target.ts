import type { IncomingMessage } from "node:http";

/** The authority without what a client may have written before an @, then path and query as they are. */
const ABSOLUTE = /^https?:\/\/(?:[^/?#@]*@)?([^/?#@]*)((?:[/?][^#]*)?)(?:#.*)?$/i;

type Target = Pick<IncomingMessage, "url" | "headers" | "rawHeaders">;

/**
 * Makes `GET http://host/path` what `GET /path` to that host is: servers have to take the
 * absolute-form, and its host stands for that of the Host header (RFC 9112, 3.2.2). Whatever else a
 * target may be stays as it is.
 */
export function toOriginForm(request: Target): void {
  const { url = "/" } = request;
  if (url.startsWith("/")) return;
  const [, host, path] = ABSOLUTE.exec(url) ?? [];
  if (host === undefined || path === undefined) return;
  request.url = path.startsWith("/") ? path : `/${path}`;
  request.headers.host = host;
  const { rawHeaders } = request;
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && /^host$/i.test(name));
  if (at >= 0) rawHeaders[at + 1] = host;
}
