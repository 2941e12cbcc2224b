import * as z from "zod/mini";
import { Instant } from "../instant.ts";
import { defineEvent } from "./contract.ts";

export const Alert = z.lazy(() =>
  z.object({
    alertname: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    /** Percent of the limit (of the request where there is no limit); null when the alert says none. */
    percent: z.nullable(z.number().check(z.nonnegative())),
    /** Why `percent` is null; absent when it is known. */
    percentNote: z.optional(z.string()),
    /** When `percent` was measured, as the rule says; absent or null when it says nothing. */
    readAt: z.nullish(Instant),
    /** Alertmanager's own: 16 hex digits over all labels. */
    fingerprint: z.string(),
    /** When it fired: after `for`, as Alertmanager says. */
    startsAt: Instant,
    /** null while it fires. */
    endsAt: z.nullable(Instant),
  }),
);
export type Alert = z.infer<typeof Alert>;

export const AlertFired = defineEvent({
  type: "dev.vigie.alert.fired.v1",
  source: "/vigie/alert-source",
  description:
    "An alert is firing. Or a PromQL query of alert-source has read a load, which holds until its next reading: no resolved follows.",
  extensions: ["alertname", "severity"],
  data: Alert,
});

export const AlertResolved = defineEvent({
  type: "dev.vigie.alert.resolved.v1",
  source: "/vigie/alert-source",
  description: "An alert no longer fires.",
  extensions: ["alertname", "severity"],
  data: Alert,
});

/**
 * The pod an alert is about, as its labels say; null for a part they leave out. Where a scrape did
 * not honour the labels of its target, `pod` names the exporter and `exported_pod` the true one.
 */
export function podOf(labels: Readonly<Record<string, string>>): {
  namespace: string | null;
  pod: string | null;
} {
  return {
    namespace: labels["exported_namespace"] || labels["namespace"] || null,
    pod: labels["exported_pod"] || labels["pod"] || null,
  };
}
