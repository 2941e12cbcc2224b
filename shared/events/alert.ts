import { z } from "zod";
import { defineEvent } from "./contract.ts";

const instant = z.iso.datetime({ offset: true });

const Alert = z.object({
  alertname: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  /** Percent of the limit (of the request where there is no limit); null when the alert says none. */
  percent: z.number().nonnegative().nullable(),
  /** Alertmanager's own: 16 hex digits over all labels. */
  fingerprint: z.string(),
  /** When it fired: after `for`, as Alertmanager says. */
  startsAt: instant,
  /** null while it fires. */
  endsAt: instant.nullable(),
});

export const AlertFired = defineEvent({
  type: "dev.vigie.alert.fired.v1",
  source: "/vigie/alert-source",
  description: "An alert is firing.",
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
