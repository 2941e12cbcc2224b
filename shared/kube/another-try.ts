import type { KubeRequest } from "./client.ts";
import type { KubeError } from "./error.ts";

const FIRST_PAUSE_MS = 100;

/** Faults of the network that pass. A bad certificate, a time-out or a refused login does not. */
const PASSING: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
]);

/**
 * Whether a repeat is safe and may help. 429 was not carried out. The rest is uncertain, so only
 * what says the same twice: a JSON patch may add again, a POST may create again.
 */
export function isWorthAnotherTry(
  { httpStatus, reason }: KubeError,
  request: KubeRequest,
): boolean {
  if (httpStatus === 429) return true;
  const { method, contentType } = request;
  const isSame =
    method === "GET" ||
    method === "PUT" ||
    (method === "PATCH" && contentType !== "application/json-patch+json");
  if (!isSame) return false;
  if (httpStatus === 0) return PASSING.has(reason);
  return httpStatus === 502 || httpStatus === 503 || httpStatus === 504;
}

/** What the server asks for plus up to half of it, so that callers refused together come back apart. */
export function pauseAfter({ retryAfterSeconds, httpStatus }: KubeError, tries: number): number {
  // A pooled connection that the server has just closed: another one is there at once.
  if (httpStatus === 0 && tries === 1) return 0;
  const baseMs =
    retryAfterSeconds === null ? FIRST_PAUSE_MS * 2 ** (tries - 1) : retryAfterSeconds * 1000;
  return baseMs * (1 + Math.random() / 2);
}
