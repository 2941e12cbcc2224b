import type { ServerResponse } from "node:http";
import { AppError } from "./errors.ts";

/** What a caller is told of an error: a bug keeps its message to itself. */
export type Refusal = { status: number; code: string; message: string };

export function toRefusal(error: unknown): Refusal {
  if (error instanceof AppError) {
    return { status: error.status, code: error.code, message: error.message };
  }
  return { status: 500, code: "INTERNAL", message: "the function failed; its log says why" };
}

/** For callers that look at it; Knative does for 429 and 503, where `retryAfterMax` is set. */
const RETRY_AFTER_SECONDS = "1";

/** Answers `{code, message}`. Does nothing when an answer has already begun. */
export function refuse(
  response: ServerResponse,
  { status, code, message }: Refusal,
  headers: readonly string[] = [],
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const retry = status === 503 || status === 429 ? ["retry-after", RETRY_AFTER_SECONDS] : [];
  sendJson(response, status, [...retry, ...headers], { code, message });
}

export function sendJson(
  response: ServerResponse,
  status: number,
  headers: readonly string[],
  json: unknown,
): void {
  const body = JSON.stringify(json);
  response.writeHead(status, [
    "content-type",
    "application/json",
    "content-length",
    String(Buffer.byteLength(body)),
    ...headers,
  ]);
  response.end(body);
}
