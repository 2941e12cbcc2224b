import { PermanentError } from "../../shared/errors.ts";
import { type Alert, AlertResolved, podOf } from "../../shared/events/alert.ts";
import { deriveId, type Event } from "../../shared/events/contract.ts";
import { Band, Resource } from "../../shared/policy-words.ts";
import type { Fact } from "../../shared/pod-alerts/fact.ts";

/** An alert as it arrives. */
export type AlertEvent = Event<Alert> & { data: Alert };

/** A fact with the pod and resource it is about. */
export type Report = {
  namespace: string;
  pod: string;
  /** Of the pod, where the alert's labels have it. */
  podUid: string | null;
  resource: Resource;
  fact: Fact;
};

/** Rules of the original work and ours, by name: what they stand for. */
const KNOWN: ReadonlyMap<string, { band: Band; resource: Resource | null }> = new Map([
  ["PodLoadLow", { band: "low", resource: null }],
  ["PodLoadModerate", { band: "moderate", resource: null }],
  ["PodLoadHigh", { band: "high", resource: null }],
  ["PodCpuNormal", { band: "low", resource: "cpu" }],
  ["PodHighCpuUsage", { band: "moderate", resource: "cpu" }],
  ["PodCpuFailure", { band: "high", resource: "cpu" }],
  ["PodMemoryNormal", { band: "low", resource: "memory" }],
  ["PodHighMemoryUsage", { band: "moderate", resource: "memory" }],
  ["PodMemoryFailure", { band: "high", resource: "memory" }],
]);

/** Clocks of two machines may differ; a fact from further ahead would outrank all to come. */
const MAX_AHEAD_MS = 5 * 60_000;

/**
 * Reads what an alert says about the load of a pod; null when it is about something else.
 * @throws PermanentError when it is about a load and cannot be used.
 */
export function readReport(event: AlertEvent, nowMs: number): Report | null {
  const { alertname, labels, annotations, percent, percentNote } = event.data;
  const known = KNOWN.get(alertname);
  const named = Band.safeParse(labels["load"]);
  const claim = named.success ? named.data : (known?.band ?? null);
  const resource = resourceOf(labels, annotations, known?.resource ?? null, claim);
  if (resource === null) return null;
  const { namespace, pod } = podOf(labels);
  if (namespace === null || pod === null) {
    const missing = pod === null ? "pod" : "namespace";
    throw new PermanentError("NO_POD", `alert ${quote(alertname)} has no label ${missing}`);
  }
  const firing = event.type !== AlertResolved.type;
  // One that has ended need not say of what: the pod remembers what it fired for.
  if (firing && claim === null && percent === null) {
    const why = percentNote ?? "it gives no percent";
    throw new PermanentError(
      "NO_LOAD",
      `alert ${quote(alertname)} names no band (label load) and no value: ${why}`,
    );
  }
  const at = firing ? event.data.startsAt : (event.data.endsAt ?? event.data.startsAt);
  const { readAt } = event.data;
  const fact = {
    key: deriveId(alertname, event.data.fingerprint),
    id: deriveId(event.source, event.id),
    at: toInstant(at, nowMs),
    ...(typeof readAt === "string" ? { readAt: toInstant(readAt, nowMs) } : {}),
    firing,
    claim,
    percent,
  };
  return { namespace, pod, podUid: labels["uid"] || null, resource, fact };
}

/** @throws PermanentError INVALID_TIME, FUTURE_FACT. */
function toInstant(text: string, nowMs: number): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new PermanentError("INVALID_TIME", `${quote(text)} is no time`);
  if (ms > nowMs + MAX_AHEAD_MS) {
    throw new PermanentError("FUTURE_FACT", `${quote(text)} is more than 5 minutes ahead`);
  }
  return new Date(ms).toISOString();
}

/**
 * The resource an alert is about. A bare number is not enough: any rule may carry one, and a queue
 * of 5,000 is no load of 5,000 %.
 */
function resourceOf(
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
  known: Resource | null,
  claim: Band | null,
): Resource | null {
  if (known !== null) return known;
  if (labels["resource"] !== undefined) {
    const named = Resource.safeParse(labels["resource"]);
    return named.success ? named.data : null;
  }
  if (Object.hasOwn(annotations, "memory_usage")) return "memory";
  if (Object.hasOwn(annotations, "cpu_usage")) return "cpu";
  return claim === null ? null : "cpu";
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
