import { z } from "zod";
import { type Destination, DestinationSpec, toDestination } from "./destination.ts";
import { isoDurationMs } from "./duration.ts";

const IsoDuration = z.string().transform((text, context) => {
  const durationMs = isoDurationMs(text);
  if (durationMs !== null) return durationMs;
  context.addIssue({
    code: "custom",
    message: `${JSON.stringify(text)} is not an ISO-8601 duration such as PT0.2S`,
  });
  return z.NEVER;
});

/** `E:pkg/apis/duck/v1/delivery_types.go`, with the rules of its Validate. */
export const DeliverySpec = z.strictObject({
  deadLetterSink: DestinationSpec.optional(),
  retry: z.int32().min(0).optional(),
  backoffPolicy: z.enum(["linear", "exponential"]).optional(),
  backoffDelay: IsoDuration.optional(),
  timeout: IsoDuration.refine((timeoutMs) => timeoutMs > 0, "must be more than 0").optional(),
  format: z.enum(["json", "binary"]).optional(),
  /** Behind a flag: see `retryAfterFaults`. */
  retryAfterMax: IsoDuration.optional(),
});

/** How hard an object wants an event delivered. */
export type DeliveryPolicy = {
  /** Attempts after the first. */
  retry: number;
  /** Without both policy and delay there is no wait between attempts. */
  backoff: { policy: "linear" | "exponential"; delayMs: number } | null;
  /** Of one attempt; null is without limit. */
  timeoutMs: number | null;
  /** The most that the Retry-After of a 429 or a 503 may make a retry wait; null: it is not heard. */
  retryAfterMaxMs: number | null;
  deadLetterSink: Destination | null;
  format: "json" | "binary";
};

export function toDeliveryPolicy(
  spec: z.output<typeof DeliverySpec>,
  ownNamespace: string,
): DeliveryPolicy {
  const { retry = 0, backoffPolicy, backoffDelay, timeout, deadLetterSink, format } = spec;
  const { retryAfterMax = 0 } = spec;
  const hasBackoff = backoffPolicy !== undefined && backoffDelay !== undefined;
  return {
    retry,
    backoff: hasBackoff ? { policy: backoffPolicy, delayMs: backoffDelay } : null,
    timeoutMs: timeout ?? null,
    retryAfterMaxMs: retryAfterMax === 0 ? null : retryAfterMax,
    deadLetterSink:
      deadLetterSink === undefined ? null : toDestination(deadLetterSink, ownNamespace),
    format: format ?? "binary",
  };
}
