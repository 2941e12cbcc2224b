import * as z from "zod/mini";
import { BaseEnv, SinkEnv } from "../../shared/config.ts";

export const Env = z.extend(BaseEnv, {
  ...SinkEnv.shape,
  /** File with the bearer token Alertmanager sends. Read at each request, so it may be rotated. */
  ALERT_TOKEN_FILE: z.optional(z.string().check(z.minLength(1))),
});

const instant = z.iso.datetime({ offset: true });
const strings = z.record(z.string(), z.string());

/**
 * The body of Alertmanager's webhook, version 4. Fields of newer releases are allowed; each alert
 * is read by itself, so that a malformed one does not hold back the others of its group.
 */
export const Webhook = z.object({
  version: z.literal("4"),
  alerts: z.array(z.unknown()),
  /** Alerts that Alertmanager cut off (`max_alerts`): it believes them sent, they never come. */
  truncatedAlerts: z.nullish(z.int().check(z.nonnegative())),
});

/** One alert of a webhook. `status` of the group is no guide: it is "firing" while any one fires. */
export const WebhookAlert = z.object({
  status: z.enum(["firing", "resolved"]),
  labels: strings.check(
    z.refine((labels) => Boolean(labels["alertname"]), {
      error: "no label alertname",
    }),
  ),
  annotations: z.nullish(strings),
  startsAt: instant,
  /** The year 1 while it fires: Go's zero time. */
  endsAt: z.nullish(instant),
  /** Left out only by hand-written payloads: Alertmanager always sends it. */
  fingerprint: z.nullish(z.string().check(z.minLength(1), z.maxLength(64))),
});
export type WebhookAlert = z.infer<typeof WebhookAlert>;
