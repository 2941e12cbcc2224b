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
      const id = idOf(/^\/dead-letters\/([^/]*)\/replay$/, path);
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
      const query = new URLSearchParams(url.slice(path.length + 1));
      const explained = twiceIn(query) ?? explain(eventOf(query));
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
    const id = idOf(/^\/dead-letters\/([^/]*)$/, path);
    const letter = id === null ? null : engine.deadLetters.get(id);
    if (letter === null) sendAnswer(response, NO_SUCH_DEAD_LETTER);
    else sendJson(response, 200, shownDeadLetter(letter));
    return true;
  };
}

const NO_SUCH_DEAD_LETTER: Refused = {
  status: 404,
  code: "NO_SUCH_DEAD_LETTER",
  message: "there is no such dead letter",
};

/** An attribute has one value: which of two is meant cannot be known. */
function twiceIn(query: URLSearchParams): Refused | null {
  const names = [...query.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return null;
  return { status: 400, code: "INVALID_EVENT", message: `${twice}: given twice` };
}

/** Null: not such a path. What is no number of ours becomes 0, which no dead letter has. */
function idOf(pattern: RegExp, path: string): number | null {
  const text = pattern.exec(path)?.[1];
  if (text === undefined) return null;
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function isSameOrigin(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host;
}
