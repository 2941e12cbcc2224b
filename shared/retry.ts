/** What Knative retries: https://github.com/knative/eventing, pkg/kncloudevents/retries.go. */
export function isRetriable(status: number): boolean {
  return status === 404 || status === 408 || status === 409 || status === 429 || status >= 500;
}

/** The first wait is up to this, and each later one up to twice the one before. */
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;

/**
 * Milliseconds to wait before try number `attempt` + 1 (the first is 1). Between half and all of the
 * back-off, so that senders that failed together come back apart; `retryAfterMs` is a lower bound.
 */
export function backoffMs(attempt: number, retryAfterMs: number | null, random: number): number {
  const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempt - 1));
  return Math.max(ceiling * (0.5 + random / 2), retryAfterMs ?? 0);
}

/** Retry-After in seconds or as an HTTP date, in milliseconds from `nowMs`; null when it is neither. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
