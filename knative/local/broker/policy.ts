import type { Broker } from "../manifests/broker.ts";
import type { DeliveryPolicy } from "../manifests/delivery.ts";
import type { Trigger } from "../manifests/trigger.ts";

/** `K:data-plane`: of one attempt, where no `timeout` is given. MT and its channel have none. */
const KAFKA_TIMEOUT_MS = 600_000;

/**
 * How a trigger is delivered. Its own `delivery` replaces the broker's as a whole, except that the
 * broker's dead-letter sink stays where the trigger names none.
 */
export function effectivePolicy(trigger: Trigger, broker: Broker): DeliveryPolicy {
  const own = trigger.delivery ?? broker.delivery;
  const timeoutMs = own.timeoutMs ?? (broker.flavour === "kafka" ? KAFKA_TIMEOUT_MS : null);
  return {
    ...own,
    timeoutMs,
    deadLetterSink: own.deadLetterSink ?? broker.delivery.deadLetterSink,
  };
}

/**
 * Wait before retry `retry` (counted from 1), without jitter and without cap.
 * MT: `d·2^(k-1)` and `d·(k-1)`, so that the first linear retry is immediate
 * (`E:pkg/kncloudevents/retries.go`). Kafka: `d·2^k` and `d·k` (`K:…/WebClientCloudEventSender.java`).
 */
export function backoffMs(
  backoff: DeliveryPolicy["backoff"],
  retry: number,
  flavour: Broker["flavour"],
): number {
  if (backoff === null) return 0;
  const step = flavour === "mt" ? retry - 1 : retry;
  const waitMs = backoff.delayMs * (backoff.policy === "linear" ? step : 2 ** step);
  return Math.min(waitMs, MAX_WAIT_MS);
}

/**
 * Wait before a retry, with what the answer asks for by `Retry-After`: as much, up to
 * `retryAfterMax`, and never less than the back-off. MT only; of a 429 and a 503 only.
 */
export function retryWaitMs(
  { backoff, retryAfterMaxMs }: DeliveryPolicy,
  retry: number,
  flavour: Broker["flavour"],
  { status, retryAfter }: { status: number | "error"; retryAfter: string | null },
  nowMs: number,
): number {
  const waitMs = backoffMs(backoff, retry, flavour);
  if (retryAfterMaxMs === null || retryAfter === null || flavour === "kafka") return waitMs;
  if (status !== 429 && status !== 503) return waitMs;
  const askedMs = /^[-+]?\d+$/.test(retryAfter)
    ? Number(retryAfter) * 1_000
    : Date.parse(retryAfter.endsWith(" GMT") ? retryAfter : "") - nowMs;
  if (Number.isNaN(askedMs)) return waitMs;
  return Math.min(Math.max(waitMs, Math.min(askedMs, retryAfterMaxMs)), MAX_WAIT_MS);
}

/** Of setTimeout; 24.8 days. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** Statuses that are tried again: 404, 408, 409, 429 and 5xx. No answer at all is, too. */
export function isRetryable(status: number): boolean {
  return status >= 500 || status === 404 || status === 408 || status === 409 || status === 429;
}
