import type { Event } from "../../shared/events/contract.ts";
import type { Failure } from "./contract.ts";

/** The broker keeps 768 bytes of the answer, or 1024 (Kafka's); whatever is longer is not the broker's. */
const MAX_MESSAGE_LENGTH = 1024;

/**
 * Why the broker gave an event up; null for an event that is no dead letter. `knativeerrordata` is
 * base64 of the start of the answer's body: ours is `{code, message}`, perhaps cut in the middle.
 */
export function readFailure(event: Event): Failure | null {
  const { knativeerrordest: dest, knativeerrorcode: code, knativeerrordata: data } = event;
  if (dest === undefined && code === undefined && data === undefined) return null;
  const status = Number(code);
  const body = typeof data === "string" ? decodeBase64(data) : "";
  return {
    destination: typeof dest === "string" ? dest : null,
    status: code !== undefined && Number.isInteger(status) ? status : null,
    code: /"code"\s*:\s*"(\w{1,64})"/.exec(body)?.[1] ?? null,
    message: readMessage(body),
  };
}

/** Anything that is not base64 is shown as it came: better than nothing. */
function decodeBase64(text: string): string {
  const isBase64 = /^[A-Za-z0-9+/_-]*={0,2}$/.test(text);
  return isBase64 ? Buffer.from(text, "base64").toString("utf8") : text;
}

function readMessage(body: string): string | null {
  if (body === "") return null;
  // Not JSON.parse alone: the broker may have cut the body within the string.
  const found = /"message"\s*:\s*("(?:[^"\\]|\\.)*)/.exec(body)?.[1];
  let message = body;
  if (found !== undefined) {
    try {
      message = String(JSON.parse(`${found}"`));
    } catch {
      message = found.slice(1);
    }
  }
  return message.slice(0, MAX_MESSAGE_LENGTH);
}
