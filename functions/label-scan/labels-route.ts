import { once } from "node:events";
import type { Request, RequestHandler, Response } from "express";
import { AppError, PermanentError } from "../../shared/errors.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import type { Logger } from "../../shared/log.ts";
import { type Counts, Format, type Scope } from "./contract.ts";
import { scanLabels } from "./scan.ts";
import { parseSelector } from "./selector.ts";
import { createWriter } from "./write.ts";

/** Each is a list call or more of its own. */
const MAX_NAMESPACES = 100;

/**
 * `GET /labels?format=text|json|csv&selector=…&namespace=…` (namespace may be repeated): streams,
 * one page of the list in memory. A fault after the first page cuts the connection off, so that
 * half an answer never looks whole.
 */
export function labelsRoute({ kube, log }: { kube: KubeClient; log: Logger }): RequestHandler {
  return async (request, response) => {
    try {
      const { format, scope } = parseQuery(queryOf(request));
      await answer(response, format, scope);
    } catch (error) {
      fail(response, error);
    }
  };

  async function answer(response: Response, format: Format, scope: Scope): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const counts: Counts = { pods: 0, namespaces: 0, nodes: 0 };
    const writer = createWriter(format);
    const pages = scanLabels(kube, scope, counts, {
      signal: gone.signal,
      onRestart: () => log.warn({ scope }, "list restarted"),
    });
    const begin = writer.begin({ scope: describe(scope), at: new Date().toISOString() });
    let isBegun = false;
    for await (const page of pages) {
      if (!isBegun) beginAnswer(response, writer.contentType, begin);
      isBegun = true;
      if (!response.write(page.map((object) => writer.item(object)).join(""))) {
        await once(response, "drain", { signal: gone.signal });
      }
    }
    if (!isBegun) beginAnswer(response, writer.contentType, begin);
    response.end(writer.end(counts));
  }

  function fail(response: Response, error: unknown): void {
    // The reader has left: nobody to tell.
    if (response.destroyed) return;
    if (response.headersSent) {
      log.error({ err: error }, "list cut off");
      response.destroy();
      return;
    }
    if (!(error instanceof AppError)) throw error;
    const { code, message } = error;
    const isOurs = error instanceof BadQuery;
    const status = isOurs ? 400 : error.status === 503 ? 503 : 502;
    if (!isOurs) log.warn({ code, err: error }, "list failed");
    response.status(status).json({ code, message });
  }
}

/** What is wrong with the query: the asker's to mend. */
class BadQuery extends PermanentError {}

/** @throws BadQuery with a code for the parameter that is not valid. */
function parseQuery(query: URLSearchParams): { format: Format; scope: Scope } {
  const format = Format.safeParse(query.get("format") ?? "text");
  if (!format.success) throw new BadQuery("INVALID_FORMAT", "format is one of text, json, csv");
  const namespaces = query.getAll("namespace").filter((namespace) => namespace !== "");
  if (namespaces.length > MAX_NAMESPACES) {
    throw new BadQuery("INVALID_NAME", `at most ${MAX_NAMESPACES} namespaces at a time`);
  }
  const selector = query.get("selector");
  try {
    for (const namespace of namespaces) pathSegment(namespace);
    const scope: Scope = { namespaces, ...(selector ? { selector: parseSelector(selector) } : {}) };
    return { format: format.data, scope };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new BadQuery(cause.code, cause.message, { cause });
  }
}

function queryOf(request: Request): URLSearchParams {
  return new URL(request.originalUrl, "http://localhost").searchParams;
}

function beginAnswer(response: Response, contentType: string, begin: string): void {
  response.writeHead(200, {
    "content-type": contentType,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.write(begin);
}

function describe({ selector, namespaces }: Scope): string {
  const where = namespaces.length === 0 ? "all namespaces" : namespaces.toSorted().join(", ");
  return `${selector === undefined ? "all pods" : `pods with ${selector}`} in ${where}`;
}
