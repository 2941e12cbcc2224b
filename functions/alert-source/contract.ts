import * as z from "zod/mini";
import { Instant } from "../../shared/instant.ts";
import { BaseEnv, SinkEnv } from "../../shared/config.ts";

/** Empty is absent: a manifest names what may be set. */
const path = z.optional(z.string());
const url = z.optional(z.union([z.literal(""), z.url({ protocol: /^https?$/ })]));

export const Env = z.extend(BaseEnv, {
  ...SinkEnv.shape,
  /** File with the bearer token Alertmanager sends. Read at each request, so it may be rotated. */
  ALERT_TOKEN_FILE: path,
  /** Folder with the files username and password, which Alertmanager sends as basic_auth. */
  ALERT_BASIC_FOLDER: path,
  /** Read at each tick of the review clock. Absent or empty: not read. */
  ALERTMANAGER_URL: url,
  /** Regular expression: only alerts that go to such a receiver, as its webhook has them. */
  ALERTMANAGER_RECEIVER: z.optional(z.string().check(z.minLength(1))),
  /** Folder with the file token, or with username and password. */
  ALERTMANAGER_AUTH_FOLDER: path,
  /** For what has ended, and for the queries. Absent or empty: not read. */
  PROMETHEUS_URL: url,
  PROMETHEUS_AUTH_FOLDER: path,
  /** `{"prometheus":"monitoring/k8s"}`: its global.external_labels, as they reach Alertmanager. */
  PROMETHEUS_EXTERNAL_LABELS: z._default(z.string(), "{}"),
  /** off: only the queries are asked. */
  PROMETHEUS_ALERTS: z._default(z.enum(["on", "off"]), "on"),
  /** Three ticks of the base's clock: an end is found though one tick was lost. */
  PULL_WINDOW_MINUTES: z._default(
    z.coerce.number().check(z.int(), z.minimum(1), z.maximum(1_440)),
    45,
  ),
  /** YAML with the queries. Needs PROMETHEUS_URL. */
  QUERIES_FILE: path,
});

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
  startsAt: Instant,
  /** The year 1 while it fires: Go's zero time. */
  endsAt: z.nullish(Instant),
  /** Left out only by hand-written payloads: Alertmanager always sends it. */
  fingerprint: z.nullish(z.string().check(z.minLength(1), z.maxLength(64))),
});
export type WebhookAlert = z.infer<typeof WebhookAlert>;
