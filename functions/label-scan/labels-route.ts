import type { Request, RequestHandler, Response } from "express";
import { AppError } from "../../shared/errors.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import type { Logger } from "../../shared/log.ts";
import { createAnswer } from "./answer.ts";
import type { Counts, Format, Labelled } from "./contract.ts";
import { BadQuery, describeScope, type LabelsQuery, parseQuery } from "./labels-query.ts";
import { scanLabels } from "./scan.ts";
import { createWriter } from "./write.ts";

/**
 * `GET /labels?format=text|json|ndjson|csv&kind=pods|nodes&selector=…&namespace=…` (namespaces may be
 * several, by commas or repeated; without a format the header Accept decides, and text is what
 * everybody else gets): streams, one page of the list in memory, gzip where it is asked for. Up to 1 MiB it has
 * an ETag, and 304 answers the If-None-Match of a reader who has it. A fault after the first page
 * cuts the connection off, so that half an answer never looks whole.
 */
export function labelsRoute({ kube, log }: { kube: KubeClient; log: Logger }): RequestHandler {
  return async (request, response) => {
    try {
      await answer(request, response, parseQuery(queryOf(request), preferred(request)));
    } catch (error) {
      fail(response, error);
    }
  };

  async function answer(request: Request, response: Response, query: LabelsQuery): Promise<void> {
    const { format, scope } = query;
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const counts: Counts = { pods: 0, namespaces: 0, nodes: 0 };
    const writer = createWriter(format);
    const write = (object: Labelled) => writer.item(object);
    const onRestart = () => log.warn({ scope }, "list restarted");
    const options = { signal: gone.signal, onRestart };
    const pages = scanLabels(kube, { scope, write, counts }, options);
    const begin = writer.begin({ scope: describeScope(scope), at: new Date().toISOString() });
    const body = createAnswer(response, {
      contentType: writer.contentType,
      isGzip: request.acceptsEncodings("gzip", "identity") === "gzip",
      known: request.headers["if-none-match"],
      begin,
      signal: gone.signal,
    });
    for await (const page of pages) {
      const texts = page.flatMap((written) => [writer.between(written), written.text]);
      await body.write(texts.join(""));
    }
    await body.end(writer.end(counts));
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

const FORMATS: readonly (readonly [mediaType: string, Format])[] = [
  ["text/plain", "text"],
  ["application/json", "json"],
  ["application/x-ndjson", "ndjson"],
  ["text/csv", "csv"],
];

/** By the header Accept. Who takes none of them gets text: better than nothing for a browser. */
function preferred(request: Request): Format {
  const accepted = request.accepts(FORMATS.map(([mediaType]) => mediaType));
  return FORMATS.find(([mediaType]) => mediaType === accepted)?.[1] ?? "text";
}

function queryOf(request: Request): URLSearchParams {
  return new URL(request.originalUrl, "http://localhost").searchParams;
}
