import { setTimeout as wait } from "node:timers/promises";

/** Sources try again on these only (not on 500), five times (`sdk-go: protocol_retry.go`). */
const RETRIED = new Set([404, 413, 425, 429, 502, 503, 504]);
const MAX_RETRIES = 5;
const RETRY_DELAY_MS = 100;

/**
 * Sends as Knative's own adapters do. Resolves to null when the event got through or `signal` is
 * aborted, else to why it is lost. @throws the signal's reason when it is aborted during a wait.
 */
export async function sendWithRetries(
  send: () => Promise<number>,
  signal: AbortSignal,
): Promise<string | null> {
  for (let retry = 0; ; retry++) {
    const status = await send().catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    if (signal.aborted || (typeof status === "number" && status < 300)) return null;
    const isRetried = typeof status !== "number" || RETRIED.has(status);
    if (!isRetried || retry >= MAX_RETRIES) {
      return typeof status === "number" ? `answered ${status}` : status.message;
    }
    await wait(RETRY_DELAY_MS * 2 ** retry, undefined, { signal });
  }
}
