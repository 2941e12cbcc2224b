import type { Express, Response } from "express";
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
 * HTML `{{head}}` is filled in with what stands in every head, `{{title}}`, and `{{state}}` with what
 * `state` answers at that moment, as JSON for a script element: so the first paint shows it. When
 * `state` fails it is null, and the page says by its stream what is wrong.
 */
export function servePage(
  app: Express,
  page: { step: string; title: string; state: () => Promise<unknown> },
): void {
  const { step, title, state } = page;
  const head = readSharedPage("head.html").toString("utf8").trimEnd();
  const html = readPage(step, "index.html")
    .toString("utf8")
    .replace("{{head}}", () => head);
  const css = readPage(step, "page.css");
  const script = readPage(step, "page.js");
  app.get("/", async (_request, response) => {
    const json = JSON.stringify(await state().catch(() => null));
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
