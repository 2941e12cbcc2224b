import type { ServerResponse } from "node:http";
import type { Answer } from "./engine.ts";

/** Ends a response; `{code, message}` where it is not a 2xx. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = answer.status;
  response.setHeader("Allow", "POST, OPTIONS");
  if (!("message" in answer)) {
    response.setHeader("Content-Length", 0);
    response.end();
    return;
  }
  const { code, message, retryAfterSeconds } = answer;
  if (retryAfterSeconds !== undefined) response.setHeader("Retry-After", retryAfterSeconds);
  sendJson(response, answer.status, { code, message });
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, "application/json", `${JSON.stringify(value)}\n`);
}

export function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.statusCode = status;
  response.setHeader("Content-Type", type);
  response.setHeader("Content-Length", Buffer.byteLength(text));
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.end(text);
}
