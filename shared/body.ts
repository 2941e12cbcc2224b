import type { IncomingMessage } from "node:http";
import { AppError } from "./errors.ts";

/** Of an event, and of a door that says nothing else. */
export const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;

/** Shorter ones arrive in a few parts, or one. */
const LONG_BODY_BYTES = 1024 * 1024;

const EMPTY = Buffer.alloc(0);

/**
 * Collects a request's body; callbacks, because an async iterator costs a fifth of an event's time.
 * Exactly one of the two is called, or neither when the client goes away before the end.
 * `failed` gets AppError 413 BODY_TOO_LARGE as soon as that is known.
 */
export function collectBody(
  request: IncomingMessage,
  maxBodyBytes: number,
  done: (body: Buffer) => void,
  failed: (error: AppError) => void,
): void {
  if (isTooLong(request, maxBodyBytes)) {
    failed(tooLarge(maxBodyBytes));
    return;
  }
  // Of a long body that says so: in one piece from the start, not once in parts and once whole.
  const declaredBytes = Number(request.headers["content-length"]);
  let whole: Buffer | undefined;
  let first: Buffer | undefined;
  let rest: Buffer[] | undefined;
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    if (length > maxBodyBytes) return;
    if (declaredBytes > LONG_BODY_BYTES) {
      whole ??= Buffer.allocUnsafeSlow(declaredBytes);
      // The parser of HTTP lets no more through than was declared.
      length += chunk.copy(whole, length);
      return;
    }
    length += chunk.length;
    if (length > maxBodyBytes) {
      first = rest = undefined;
      failed(tooLarge(maxBodyBytes));
    } else if (first === undefined) {
      first = chunk;
    } else {
      (rest ??= [first]).push(chunk);
    }
  });
  request.on("end", () => {
    if (length > maxBodyBytes) return;
    if (whole !== undefined) done(whole);
    else done(rest === undefined ? (first ?? EMPTY) : Buffer.concat(rest, length));
  });
}

/** Whether the client waits to be told that it may send its body. */
export function isExpecting(request: IncomingMessage): boolean {
  return /\b100-continue\b/i.test(request.headers.expect ?? "");
}

/** Whether the request itself says that its body is too long, before any of it was read. */
export function isTooLong(request: IncomingMessage, maxBodyBytes: number): boolean {
  const declared = request.headers["content-length"];
  return declared !== undefined && Number(declared) > maxBodyBytes;
}

function tooLarge(maxBodyBytes: number): AppError {
  return new AppError("BODY_TOO_LARGE", 413, `the body has more than ${maxBodyBytes} bytes`);
}

/** A client that is told 413 may still be sending, and would miss the answer if it were cut off. */
const MAX_DISCARDED_BYTES = 8 * 1024 * 1024;
const MAX_DISCARD_MS = 2_000;

/** Reads on for a while without keeping anything, then ends the connection. */
export function discardBody(request: IncomingMessage): void {
  if (request.complete) return;
  let length = 0;
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), MAX_DISCARD_MS);
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_DISCARDED_BYTES) socket.destroy();
  });
  request.once("close", () => clearTimeout(timer));
}
