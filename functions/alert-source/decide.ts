import { type Alert, AlertFired, AlertResolved, podOf } from "../../shared/events/alert.ts";
import { deriveId, type Event } from "../../shared/events/contract.ts";
import { AppError } from "../../shared/errors.ts";
import { safeParse } from "../../shared/parse.ts";
import { Webhook, WebhookAlert } from "./contract.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { toUtcMillis } from "./instant.ts";
import { readPercent } from "./percent.ts";
import { readReadAt } from "./read-at.ts";

/** What a webhook comes to: an event for each alert, and what is wrong with the others. */
export type Translation = {
  events: Event<Alert>[];
  /** One sentence per alert that is none. */
  faults: string[];
  /** Alerts that Alertmanager cut off before sending. */
  truncated: number;
};

/** What sends so many alerts that are none is not Alertmanager, and each costs a list of issues. */
const MAX_FAULTS = 1_000;

/** Of the labels or annotations of one alert: more do not fit the 1 MiB that brokers take. */
const MAX_NAMES = 10_000;

/** Of an alert's texts; at least a byte each, so a longer one does not fit that 1 MiB either. */
const MAX_CHARACTERS = 1024 * 1024;

/**
 * Alertmanager's webhook as events, one per alert.
 * @throws AppError 400 INVALID_WEBHOOK when the body is not a version 4 payload, or more than 1,000
 * of its alerts are none.
 */
export function translate(body: unknown): Translation {
  const webhook = safeParse(Webhook, body);
  if (!webhook.success) {
    throw new AppError(
      "INVALID_WEBHOOK",
      400,
      `not an Alertmanager webhook of version 4${senderOf(body)}: ${listIssues(webhook.error.issues)}`,
    );
  }
  const { alerts, truncatedAlerts } = webhook.data;
  return { ...translateAlerts(alerts, MAX_FAULTS), truncated: truncatedAlerts ?? 0 };
}

/**
 * Alerts, each as a webhook has them, as events.
 * @throws AppError 400 INVALID_WEBHOOK when more than `maxFaults` are none.
 */
export function translateAlerts(
  alerts: readonly unknown[],
  maxFaults: number = Number.POSITIVE_INFINITY,
): Translation {
  const translation: Translation = { events: [], faults: [], truncated: 0 };
  for (const [index, each] of alerts.entries()) {
    const wide = widePart(each);
    if (wide !== null) {
      translation.faults.push(`alerts[${index}]: ${wide}: more than ${MAX_NAMES} names`);
      continue;
    }
    const alert = safeParse(WebhookAlert, each);
    if (!alert.success) {
      translation.faults.push(`alerts[${index}]: ${listIssues(alert.error.issues)}`);
    } else if (charactersOf(alert.data) > MAX_CHARACTERS) {
      translation.faults.push(`alerts[${index}]: more than ${MAX_CHARACTERS} characters`);
    } else {
      translation.events.push(toEvent(alert.data));
    }
    if (translation.faults.length > maxFaults) {
      const message = `more than ${maxFaults} alerts are none; ${translation.faults[0]}`;
      throw new AppError("INVALID_WEBHOOK", 400, message);
    }
  }
  return translation;
}

/** Who else sends alerts by webhook, and looks like it: what to do about that is not the version. */
function senderOf(body: unknown): string {
  if (Array.isArray(body)) {
    return ", but a list, as Prometheus and vmalert send to an Alertmanager: put one between";
  }
  const isGrafana = typeof body === "object" && body !== null && "orgId" in body;
  return isGrafana ? ", but Grafana's own: let Grafana send to an Alertmanager" : "";
}

/** The part of an alert that has too many names to be looked at one by one; null when none has. */
function widePart(alert: unknown): string | null {
  if (typeof alert !== "object" || alert === null) return null;
  const parts = alert as Record<string, unknown>;
  return ["labels", "annotations"].find((part) => hasMoreNames(parts[part], MAX_NAMES)) ?? null;
}

function charactersOf({ labels, annotations }: WebhookAlert): number {
  let characters = 0;
  for (const name in labels) characters += name.length + (labels[name]?.length ?? 0);
  for (const name in annotations) characters += name.length + (annotations[name]?.length ?? 0);
  return characters;
}

function hasMoreNames(value: unknown, limit: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  let names = 0;
  for (const _ in value) if (++names > limit) return true;
  return false;
}

/**
 * The id is the fact's: who (fingerprint and pod), which incident (startsAt), firing or resolved,
 * and the load it tells. So a retry, the twin of an HA pair and an unchanged repeat are the same
 * event, and a repeat with another reading is a new one: another value, or, where the rule tells
 * when it measured, a later one of a load that still is too high. Nothing that differs between two
 * Alertmanagers (externalURL, generatorURL) or that is prose (summary) goes in. Times count in
 * milliseconds: the webhook writes 43.39 where the API of the same Alertmanager writes 43.390.
 */
function toEvent(alert: WebhookAlert): Event<Alert> {
  const { status, labels, startsAt } = alert;
  const annotations = alert.annotations ?? {};
  const alertname = labels["alertname"] ?? "";
  const fingerprint = alert.fingerprint ?? fingerprintOf(labels);
  const { percent, note } = readPercent(labels, annotations);
  const hasEnded = status === "resolved";
  const readAt = readReadAt(annotations);
  // The end is the fact of a resolved alert; its reading is from before.
  const reading = [percent ?? "none", ...(readAt === null || hasEnded ? [] : [readAt])];
  const endsAt = hasEnded ? endOf(alert) : null;
  const { namespace, pod } = podOf(labels);
  const about = pod === null ? null : `${namespace ?? ""}/${pod}`;
  const contract = hasEnded ? AlertResolved : AlertFired;
  return contract.create({
    id: deriveId("alert", fingerprint, about ?? "", toUtcMillis(startsAt), status, ...reading),
    ...(about === null ? {} : { subject: toAttribute(about) }),
    time: endsAt ?? startsAt,
    extensions: {
      alertname: toAttribute(alertname).toLowerCase(),
      ...(labels["severity"] ? { severity: toAttribute(labels["severity"]).toLowerCase() } : {}),
      // Keeps the facts of a pod in order on a partitioned broker.
      partitionkey: toAttribute(about ?? fingerprint),
    },
    data: {
      alertname,
      labels,
      annotations,
      percent,
      ...(note === undefined ? {} : { percentNote: note }),
      readAt,
      fingerprint,
      startsAt,
      endsAt,
    },
  });
}

/** A resolved alert whose end is missing, or is Go's zero time, ended when it started. */
function endOf({ startsAt, endsAt }: WebhookAlert): string {
  return endsAt && !endsAt.startsWith("0001-") ? endsAt : startsAt;
}

/**
 * Printable ASCII of at most 256 characters, "-" for an empty one: brokers pass attributes on as
 * header bytes, neither escaped nor checked. The data keeps the text as it was.
 */
function toAttribute(text: string): string {
  return text.slice(0, 256).replaceAll(/[^\x21-\x7e]/g, "_") || "-";
}

/** What zod found, on one line: it goes into a log and an answer. */
export function listIssues(issues: readonly { path: PropertyKey[]; message: string }[]): string {
  return issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
    .join("; ");
}
