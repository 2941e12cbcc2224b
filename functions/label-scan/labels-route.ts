import { once } from "node:events";
import type { Writable } from "node:stream";
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
 * one page of the list in memory, gzip where it is asked for. A fault after the first page cuts the connection off, so that
 * half an answer never looks whole.
 */
export function labelsRoute({ kube, log }: { kube: KubeClient; log: Logger }): RequestHandler {
  return async (request, response) => {
    try {
      const { format, scope } = parseQuery(queryOf(request));
      const isGzip = request.acceptsEncodings("gzip", "identity") === "gzip";
      await answer(response, isGzip, format, scope);
    } catch (error) {
      fail(response, error);
    }
  };

  async function answer(
    response: Response,
    isGzip: boolean,
    format: Format,
    scope: Scope,
  ): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const counts: Counts = { pods: 0, namespaces: 0, nodes: 0 };
    const writer = createWriter(format);
    const pages = scanLabels(kube, scope, counts, {
      signal: gone.signal,
      onRestart: () => log.warn({ scope }, "list restarted"),
    });
    const begin = writer.begin({ scope: describe(scope), at: new Date().toISOString() });
    // Not before the first page: until then a fault is still an answer of its own.
    let body: Writable | null = null;
    for await (const page of pages) {
      body ??= await beginAnswer(response, isGzip, writer.contentType, begin);
      if (!body.write(page.map((object) => writer.item(object)).join(""))) {
        await once(body, "drain", { signal: gone.signal });
      }
    }
    body ??= await beginAnswer(response, isGzip, writer.contentType, begin);
    body.end(writer.end(counts));
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

/** Answers where the body is written to. zlib is loaded for those who ask for it. */
async function beginAnswer(
  response: Response,
  isGzip: boolean,
  contentType: string,
  begin: string,
): Promise<Writable> {
  const body = isGzip ? (await import("node:zlib")).createGzip() : response;
  response.writeHead(200, {
    "content-type": contentType,
    ...(isGzip ? { "content-encoding": "gzip" } : {}),
    vary: "accept-encoding",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  if (body !== response) body.pipe(response);
  body.write(begin);
  return body;
}

function describe({ selector, namespaces }: Scope): string {
  const where = namespaces.length === 0 ? "all namespaces" : namespaces.toSorted().join(", ");
  return `${selector === undefined ? "all pods" : `pods with ${selector}`} in ${where}`;
}
