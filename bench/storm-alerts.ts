import { podName } from "./big-pods.ts";

/** One webhook as it goes out. */
export type Sent = { body: string };

export type Storm = {
  webhooks: Sent[];
  /** Alerts in them, repeats included. */
  facts: number;
  /** Of them: those that say again what has been said. */
  repeats: number;
  /** The band that each pod must end with. */
  bands: Map<string, "high" | "low">;
  /** Pods that are deleted while the storm goes on. */
  vanished: Set<string>;
  /** Webhooks that had to be sent again; counted by the sender. */
  retries: number;
};

type Status = "firing" | "resolved";

/** A tenth of the facts comes twice. */
const DUPLICATE_EVERY = 10;
/** A twentieth of the pods gets the resolved of its alert before the firing. */
const RESOLVED_EVERY = 20;
/** A hundredth is deleted meanwhile. */
const VANISH_EVERY = 100;

/**
 * One PodLoadHigh for each of `pods` pods, in webhooks of `group` alerts. Those that are resolved
 * come first, their firing after: the newest fact is that the alert has ended, so the load is what
 * the resolved alert's last value does not say any more, low.
 */
export function stormOf(pods: number, group: number, resolvedEvery = RESOLVED_EVERY): Storm {
  const startsMs = Date.now() - 60_000;
  const resolved: object[] = [];
  const firing: object[] = [];
  let repeats = 0;
  const bands = new Map<string, "high" | "low">();
  const vanished = new Set<string>();
  for (let index = 0; index < pods; index += 1) {
    const { namespace, name } = podName(index);
    const ends = index % resolvedEvery === resolvedEvery - 1;
    if (ends) resolved.push(alertOf(index, "resolved", startsMs));
    firing.push(alertOf(index, "firing", startsMs));
    if (index % DUPLICATE_EVERY === 3) {
      firing.push(alertOf(index, "firing", startsMs));
      repeats += 1;
    }
    bands.set(`${namespace}/${name}`, ends ? "low" : "high");
    if (index % VANISH_EVERY === 50) vanished.add(`${namespace}/${name}`);
  }
  const webhooks = [...grouped(resolved, group), ...grouped(firing, group)];
  const facts = resolved.length + firing.length;
  return { webhooks, facts, repeats, bands, vanished, retries: 0 };
}

function alertOf(index: number, status: Status, startsMs: number): object {
  const { namespace, name } = podName(index);
  return {
    status,
    labels: {
      alertname: "PodLoadHigh",
      load: "high",
      namespace,
      pod: name,
      resource: "cpu",
      severity: "critical",
    },
    annotations: { ratio: "0.9200", summary: `Pod ${namespace}/${name}: cpu load is high` },
    startsAt: new Date(startsMs).toISOString(),
    endsAt:
      status === "firing" ? "0001-01-01T00:00:00Z" : new Date(startsMs + 30_000).toISOString(),
    generatorURL: "http://prometheus:9090/graph?g0.expr=namespace_pod%3Aload%3Aratio&g0.tab=1",
    fingerprint: index.toString(16).padStart(16, "0"),
  };
}

function grouped(alerts: readonly object[], size: number): Sent[] {
  const sent: Sent[] = [];
  for (let start = 0; start < alerts.length; start += size) {
    const body = {
      receiver: "vigie",
      status: "firing",
      alerts: alerts.slice(start, start + size),
      groupLabels: {},
      commonLabels: {},
      commonAnnotations: {},
      externalURL: "http://alertmanager:9093",
      version: "4",
      groupKey: `{}:{group="${start}"}`,
      truncatedAlerts: 0,
    };
    sent.push({ body: JSON.stringify(body) });
  }
  return sent;
}
