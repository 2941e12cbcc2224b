import type { Registry } from "prom-client";

/** What a function counts about its events. Plain numbers until somebody asks. */
export type Metrics = {
  /** An event that was handled. `type` must be from a known, small set. */
  handled(type: string, kind: string, durationMs: number): void;
  /** An event or a request that was not, by the code of the error. */
  refused(code: string): void;
  /** The Prometheus text format. Loads prom-client. */
  expose(): Promise<{ contentType: string; text: string }>;
};

const DURATION = "vigie_event_duration_seconds";

/** From a handler that only thinks (under 1 ms) to one that waits for the Kubernetes API. */
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(functionName: string): Metrics {
  const events = new Map<string, Map<string, number>>();
  const refusals = new Map<string, number>();
  const counts = Array.from({ length: BUCKETS_SECONDS.length }, () => 0);
  let totalSeconds = 0;
  let total = 0;
  let registry: Promise<Registry> | undefined;

  const build = async (): Promise<Registry> => {
    const { Counter, Histogram, Registry, collectDefaultMetrics } = await import("prom-client");
    const register = new Registry();
    const registers = [register];
    collectDefaultMetrics({ register });
    new Counter({
      name: "vigie_events_total",
      help: "Events handled, by what was done.",
      labelNames: ["function", "type", "kind"],
      registers,
      collect() {
        this.reset();
        for (const [type, kinds] of events) {
          for (const [kind, count] of kinds)
            this.inc({ function: functionName, type, kind }, count);
        }
      },
    });
    new Counter({
      name: "vigie_events_refused_total",
      help: "Events and requests refused or failed, by the code of the error.",
      labelNames: ["function", "code"],
      registers,
      collect() {
        this.reset();
        for (const [code, count] of refusals) this.inc({ function: functionName, code }, count);
      },
    });
    const name = DURATION;
    const help = "From the event's last byte to the answer.";
    const histogram = new Histogram({ name, help, buckets: BUCKETS_SECONDS, registers });
    // A histogram of prom-client can only be fed one observation at a time: these are counted here.
    Object.assign(histogram, {
      getForPromString: () => ({ name, help, type: "histogram", values: durations() }),
    });
    return register;
  };
  const durations = () => {
    let cumulated = 0;
    const labels = { function: functionName };
    const buckets = BUCKETS_SECONDS.map((le, index) => {
      cumulated += counts[index] ?? 0;
      return { labels: { ...labels, le }, value: cumulated, metricName: `${DURATION}_bucket` };
    });
    return [
      ...buckets,
      { labels: { ...labels, le: "+Inf" }, value: total, metricName: `${DURATION}_bucket` },
      { labels, value: totalSeconds, metricName: `${DURATION}_sum` },
      { labels, value: total, metricName: `${DURATION}_count` },
    ];
  };

  return {
    handled(type, kind, durationMs) {
      let kinds = events.get(type);
      if (kinds === undefined) events.set(type, (kinds = new Map()));
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      const seconds = durationMs / 1000;
      totalSeconds += seconds;
      total += 1;
      const bucket = BUCKETS_SECONDS.findIndex((limit) => seconds <= limit);
      if (bucket >= 0) counts[bucket] = (counts[bucket] ?? 0) + 1;
    },
    refused(code) {
      refusals.set(code, (refusals.get(code) ?? 0) + 1);
    },
    async expose() {
      const register = await (registry ??= build());
      return { contentType: register.contentType, text: await register.metrics() };
    },
  };
}
