import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { send } from "./answer.ts";

const own = join(import.meta.dirname, "page");
const shared = join(import.meta.dirname, "../../../shared/page");

/** What a browser asks of the page, by path. */
const FILES: ReadonlyMap<string, { file: string; type: string }> = new Map([
  ["/", { file: join(own, "index.html"), type: "text/html; charset=utf-8" }],
  ["/page.css", { file: join(own, "page.css"), type: "text/css; charset=utf-8" }],
  ["/page.js", { file: join(own, "page.js"), type: "text/javascript; charset=utf-8" }],
  ["/shared/page/page.css", { file: join(shared, "page.css"), type: "text/css; charset=utf-8" }],
  [
    "/shared/page/live.js",
    { file: join(shared, "live.js"), type: "text/javascript; charset=utf-8" },
  ],
]);

/** Nothing from elsewhere, and nowhere inside another site's frame: a click here replays events. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Sends a file of the page; false when `path` is none. Read each time: it is looked at by people. */
export function sendPageFile(response: ServerResponse, path: string): boolean {
  const found = FILES.get(path);
  if (found === undefined) return false;
  response.setHeader("Content-Security-Policy", POLICY);
  response.setHeader("Cache-Control", "no-cache");
  response.setHeader("Vary", "Accept");
  send(response, 200, found.type, readFileSync(found.file, "utf8"));
  return true;
}
