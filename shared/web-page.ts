import type { Express, Response } from "express";
import type { EventStream, StreamEvent } from "./event-stream.ts";
import { readPage, readSharedPage } from "./page.ts";

/** Everything comes from this server and no script is inline, so a hostile name can run nothing. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * Serves `functions/<step>/page/`: `index.html` at `/`, `page.css` and `page.js` beside it, and what
 * all pages share under `/shared/page/`, where the relative path of the sources leads as well. In the
 * HTML `{{head}}` is filled in with what stands in every head, `{{title}}`, and `{{state}}` with the
 * data of what is `newest` at that moment, as JSON for a script element: so the first paint shows it.
 * When `newest` fails it is null, and the page says by its stream what is wrong. `/events` opens the
 * stream, with the newest for whoever has not seen it.
 */
export function servePage(
  app: Express,
  page: { step: string; title: string; newest: () => Promise<StreamEvent>; stream: EventStream },
): void {
  const { step, title, newest, stream } = page;
  const head = readSharedPage("head.html").toString("utf8").trimEnd();
  const html = readPage(step, "index.html")
    .toString("utf8")
    .replace("{{head}}", () => head);
  const css = readPage(step, "page.css");
  const script = readPage(step, "page.js");
  app.get("/", async (_request, response) => {
    const shown = await newest().catch(() => ({ data: null }));
    const json = JSON.stringify(shown.data);
    const texts: Record<string, string> = {
      title: escapeHtml(title),
      // Within a script element only "<" can end it, or begin a comment.
      state: json.replaceAll("<", "\\u003c"),
    };
    send(
      response,
      "text/html",
      html.replaceAll(/\{\{(title|state)\}\}/g, (_, name: string) => texts[name] ?? ""),
    );
  });
  const sharedCss = readSharedPage("page.css");
  const sharedScript = readSharedPage("live.js");
  const files: [path: string, type: string, body: Buffer][] = [
    ["/page.css", "text/css", css],
    ["/page.js", "text/javascript", script],
    ["/shared/page/page.css", "text/css", sharedCss],
    ["/shared/page/live.js", "text/javascript", sharedScript],
  ];
  for (const [path, type, body] of files) {
    app.get(path, (_request, response) => send(response, type, body));
  }
  app.get("/events", async (request, response) => {
    const snapshot = await newest();
    // Who has seen this very version misses nothing; the opening of the stream is enough.
    const isKnown = request.get("last-event-id") === snapshot.id;
    stream.open(request, response, isKnown ? [] : [snapshot]);
  });
}

function send(response: Response, contentType: string, body: string | Buffer): void {
  response
    .set({
      "content-type": `${contentType}; charset=utf-8`,
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
    })
    .send(body);
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
