import type { IncomingMessage } from "node:http";

/** `E:pkg/kncloudevents/event_receiver.go`, ReadTimeout: bounds the body, not what follows. */
const BODY_TIMEOUT_MS = 10_000;

export type Body =
  | { kind: "complete"; bytes: Buffer }
  | { kind: "too-large" }
  | { kind: "too-slow" }
  | { kind: "cut" };

/** Reads a whole body, up to a limit. Never rejects. What is beyond the limit is not read. */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  timeoutMs = BODY_TIMEOUT_MS,
): Promise<Body> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) return Promise.resolve({ kind: "too-large" });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (body: Body) => {
      clearTimeout(timer);
      request.off("data", onData);
      resolve(body);
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        request.pause();
        settle({ kind: "too-large" });
      } else chunks.push(chunk);
    };
    const timer = setTimeout(() => settle({ kind: "too-slow" }), timeoutMs);
    request.on("data", onData);
    request.once("end", () => {
      const whole = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      settle({ kind: "complete", bytes: whole });
    });
    request.once("error", () => settle({ kind: "cut" }));
    request.once("close", () => settle({ kind: "cut" }));
  });
}
