import type { IncomingMessage, ServerResponse } from "node:http";
import { sendAnswer, sendJson } from "./answer.ts";
import { shownDeadLetter } from "./shown-dead-letter.ts";
import type { CloudEvent } from "./cloud-event.ts";
import type { Engine, Refused } from "./engine.ts";
import { eventOf, type Explained } from "./explained.ts";
import { sendPageFile } from "./page-files.ts";
import type { Status } from "./status.ts";

const LIST_LIMIT = 200;

/**
 * What people and scripts look at beside the ingress: `GET /`, `GET /explain?type=…`,
 * `GET /dead-letters`, `GET /dead-letters/<id>`, `POST /dead-letters/<id>/replay`. False: none of these.
 */
export function createViews(
  engine: Engine,
  status: () => Status,
  explain: (event: CloudEvent) => Explained | Refused,
) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const { method = "", url = "/" } = request;
    const path = url.split("?", 1)[0] ?? "/";
    if (method === "POST") {
      const id = idOf(/^\/dead-letters\/(\d{1,15})\/replay$/, path);
      if (id === null) return false;
      request.resume();
      // A page elsewhere must not make a browser replay: such a request names its origin.
      const { origin } = request.headers;
      if (origin !== undefined && !isSameOrigin(origin, request.headers.host)) {
        const message = "replays are asked for from here, not from another site";
        sendAnswer(response, { status: 403, code: "FOREIGN_ORIGIN", message });
        return true;
      }
      sendAnswer(response, await engine.replay(id));
      return true;
    }
    if (method !== "GET") return false;
    if (path === "/" && request.headers.accept?.includes("text/html") !== true) {
      // The same address has a page for browsers: neither may stand in a cache for the other.
      response.setHeader("Vary", "Accept");
      response.setHeader("Cache-Control", "no-store");
      sendJson(response, 200, status());
      return true;
    }
    if (sendPageFile(response, path)) return true;
    if (path === "/explain") {
      const explained = explain(eventOf(new URLSearchParams(url.slice(path.length + 1))));
      if ("status" in explained) sendAnswer(response, explained);
      else sendJson(response, 200, explained);
      return true;
    }
    if (path === "/dead-letters") {
      const { deadLetters } = engine;
      sendJson(response, 200, {
        kept: deadLetters.count(),
        deadLetters: deadLetters.list(LIST_LIMIT),
      });
      return true;
    }
    if (!path.startsWith("/dead-letters/")) return false;
    const id = idOf(/^\/dead-letters\/(\d{1,15})$/, path);
    const letter = id === null ? null : engine.deadLetters.get(id);
    if (letter === null) {
      const message = "there is no such dead letter";
      sendAnswer(response, { status: 404, code: "NO_SUCH_DEAD_LETTER", message });
    } else sendJson(response, 200, shownDeadLetter(letter));
    return true;
  };
}

function idOf(pattern: RegExp, path: string): number | null {
  const match = pattern.exec(path);
  return match === null ? null : Number(match[1]);
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
