import type { Registry } from "prom-client";
import type { Event } from "./events/contract.ts";
import type { Outcome } from "./function.ts";
import { createCounter, createHistogram, type Instrument } from "./instruments.ts";

/** What a function counts beside its events: of what it is for. */
export type FunctionMetrics = {
  readonly instruments: readonly Instrument[];
  /** Counts what became of an event. An event that comes again is counted again. */
  observe?(event: Event, outcome: Outcome): void;
};

/** What every function counts about its events. Plain numbers until somebody asks. */
export type Metrics = {
  /** An event that was handled. `type` must be from a known, small set. */
  handled(type: string, kind: string, durationMs: number): void;
  /** An event or a request that was not, by the code of the error. */
  refused(code: string): void;
  /** The Prometheus text format. Loads prom-client. */
  expose(): Promise<{ contentType: string; text: string }>;
};

/** From a handler that only thinks (under 1 ms) to one that waits for the Kubernetes API. */
const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Of every function. */
export function createEventInstruments() {
  return {
    events: createCounter({
      name: "vigie_events_total",
      help: "Events handled, by what was done.",
      labelNames: ["type", "kind"],
    }),
    refusals: createCounter({
      name: "vigie_events_refused_total",
      help: "Events and requests refused or failed, by the code of the error.",
      labelNames: ["code"],
    }),
    durations: createHistogram({
      name: "vigie_event_duration_seconds",
      help: "From the event's last byte to the answer.",
      labelNames: [],
      buckets: BUCKETS_SECONDS,
    }),
  };
}

/** `own`: what the function itself counts. Every series has the label `function`. */
export function createMetrics(functionName: string, own: readonly Instrument[] = []): Metrics {
  const { events, refusals, durations } = createEventInstruments();
  let registry: Promise<Registry> | undefined;

  const build = async (): Promise<Registry> => {
    const prometheus = await import("prom-client");
    const register = new prometheus.Registry();
    prometheus.collectDefaultMetrics({ register });
    for (const instrument of [events, refusals, durations, ...own]) {
      const { name, help, type } = instrument;
      const metric = new prometheus.Gauge({ name, help, registers: [register] });
      // prom-client's own metrics hold their values and are fed one by one: these are counted here.
      Object.assign(metric, {
        getForPromString: () => ({
          name,
          help,
          type,
          values: instrument.samples().map((sample) => ({
            ...sample,
            labels: { function: functionName, ...sample.labels },
          })),
        }),
      });
    }
    return register;
  };

  return {
    handled(type, kind, durationMs) {
      events.add({ type, kind });
      durations.observe({}, durationMs / 1000);
    },
    refused(code) {
      refusals.add({ code });
    },
    async expose() {
      const register = await (registry ??= build());
      return { contentType: register.contentType, text: await register.metrics() };
    },
  };
}
