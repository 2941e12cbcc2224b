import { AppError, TransientError } from "../../shared/errors.ts";
import type { Event } from "../../shared/events/contract.ts";
import type { Outcome } from "../../shared/function.ts";
import type { Logger } from "../../shared/log.ts";
import { createAccepted } from "./accepted.ts";
import type { Translation } from "./decide.ts";
import { evaluate } from "./promql.ts";
import { fromAlertmanager } from "./pulled-alerts.ts";
import { dueAt, type Query, toReadings } from "./queries.ts";
import type { ReadJson } from "./read-json.ts";
import { type AlertRule, endedFacts, firingFacts, parseRules } from "./rule-facts.ts";
import { isRefused, type Send, sendInOrder } from "./send.ts";

/** What is read at a tick; null and empty: nothing. */
export type PullSources = {
  alertmanager: { readJson: ReadJson; receiver: string | undefined } | null;
  prometheus: {
    readJson: ReadJson;
    /** How far back an end is looked for: at least twice the clock's period. */
    windowMinutes: number;
    /** `global.external_labels`: part of an alert's identity, and not shown by its API. */
    externalLabels: Readonly<Record<string, string>>;
    /** Whether its alerts are read, beside the queries. */
    alerts: boolean;
  } | null;
  queries: readonly Query[];
};

/** The broker gives a delivery 30 s. */
const BUDGET_MS = 25_000;
/** As for a webhook: as many as the sink takes at once. */
const LANES = 16;
/** Two storms of 10,000 alerts. */
const MAX_ACCEPTED = 20_000;
/** Of a long list of faults, in a log line. */
const MAX_FAULTS_TOLD = 5;

const NOTHING: Translation = { events: [], faults: [], truncated: 0 };

/**
 * Reads at each tick what webhooks may have lost, and asks the queries that are due. A fact has the
 * id that the webhook gave it, so what was not lost changes nothing.
 * @throws TransientError, PermanentError for the source that could not be read, after what the
 * others said was sent; the broker brings the tick again, or shows it among the dead letters.
 */
export function createPull(options: {
  sources: PullSources;
  send: Send;
  log: Logger;
  now: () => number;
}): (tick: Event) => Promise<Outcome> {
  const { sources, send, log, now } = options;
  const { alertmanager, prometheus, queries } = sources;
  const accepted = createAccepted(MAX_ACCEPTED);
  let isBusy = false;

  async function pull(tick: Event): Promise<Outcome> {
    const signal = AbortSignal.timeout(BUDGET_MS);
    const tickMs = Date.parse(tick.time ?? "");
    const atMs = Number.isNaN(tickMs) ? now() : tickMs;
    const due = prometheus === null ? [] : dueAt(queries, atMs);
    const answers = await Promise.allSettled([
      readAlertmanager(signal),
      readPrometheus(signal),
      ...due.map((query) => ask(query, atMs, signal)),
    ]);
    const read = answers.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const errors: unknown[] = answers.flatMap((one) =>
      one.status === "rejected" ? [one.reason as unknown] : [],
    );
    const faults = read.flatMap((one) => one.faults);
    const events = read.flatMap((one) => one.events);
    const missing = events.filter(({ id }) => !accepted.has(id));
    const failures = await sendInOrder(missing, send, { lanes: LANES, signal });
    const failed = new Set(failures.map(({ event }) => event.id));
    const isLeft = failures.some(({ error }) => !isRefused(error));
    if (isLeft) accepted.add(events.map(({ id }) => id).filter((id) => !failed.has(id)));
    else accepted.delete(events.map(({ id }) => id));
    if (faults.length > 0) {
      log.warn({ faults: faults.slice(0, MAX_FAULTS_TOLD), count: faults.length }, "pull faults");
    }
    const done = `${events.length - failed.size} of ${events.length} facts sent`;
    const error = worst([...errors, ...failures.map((failure) => failure.error)]);
    if (error !== null) throw restated(error, done);
    const refused = faults.length === 0 ? "" : `, ${faults.length} refused: ${faults[0]}`;
    return { kind: "pulled", reason: `${done}${refused}` };
  }

  async function readAlertmanager(signal: AbortSignal): Promise<Translation> {
    if (alertmanager === null) return NOTHING;
    const { readJson, receiver } = alertmanager;
    const query = {
      active: "true",
      silenced: "false",
      inhibited: "false",
      unprocessed: "false",
      ...(receiver === undefined ? {} : { receiver }),
    };
    return fromAlertmanager(await readJson("api/v2/alerts", query, signal));
  }

  /** What has ended; what fires too where no Alertmanager says it better. */
  async function readPrometheus(signal: AbortSignal): Promise<Translation> {
    if (prometheus === null || !prometheus.alerts) return NOTHING;
    const { readJson, externalLabels } = prometheus;
    const rules = parseRules(await readJson("api/v1/rules", { type: "alert" }, signal));
    const firing = alertmanager === null ? firingFacts(rules, externalLabels) : NOTHING;
    const ended = rules.length === 0 ? NOTHING : await readEnded(rules, signal);
    return {
      events: [...firing.events, ...ended.events],
      faults: [...firing.faults, ...ended.faults],
      truncated: 0,
    };
  }

  async function readEnded(rules: readonly AlertRule[], signal: AbortSignal): Promise<Translation> {
    if (prometheus === null) return NOTHING;
    const { readJson, windowMinutes, externalLabels } = prometheus;
    // Where the rules were evaluated, the samples are: a wider step would step over them.
    const stepSeconds = Math.max(1, Math.min(...rules.map((rule) => rule.intervalSeconds)));
    const seen = `(timestamp(ALERTS{alertstate="firing",pod!=""}))[${windowMinutes}m:${Math.floor(stepSeconds)}s]`;
    const atMs = now();
    const [first, last] = await Promise.all([
      evaluate(readJson, `min_over_time(${seen})`, atMs, signal),
      evaluate(readJson, `max_over_time(${seen})`, atMs, signal),
    ]);
    if (first.isPartial || last.isPartial) {
      const fault = "Prometheus answers in part: what has ended cannot be told";
      return { ...NOTHING, faults: [fault] };
    }
    return endedFacts(rules, { first: first.samples, last: last.samples }, externalLabels);
  }

  async function ask(query: Query, atMs: number, signal: AbortSignal): Promise<Translation> {
    if (prometheus === null) return NOTHING;
    const { samples, isPartial } = await evaluate(prometheus.readJson, query.expr, atMs, signal);
    const readings = toReadings(query, samples, atMs);
    if (!isPartial) return readings;
    const fault = `query ${query.name}: Prometheus answers in part`;
    return { ...readings, faults: [fault, ...readings.faults] };
  }

  return async (tick) => {
    // A second one would read and send the same.
    if (isBusy) throw new TransientError("BUSY", "a pull is under way");
    isBusy = true;
    try {
      return await pull(tick);
    } finally {
      isBusy = false;
    }
  };
}

/** The error that decides the answer: one that a later try may mend, before one that it cannot. */
function worst(errors: readonly unknown[]): unknown {
  return errors.find((error) => !isRefused(error)) ?? errors[0] ?? null;
}

function restated(error: unknown, done: string): unknown {
  if (!(error instanceof AppError)) return error;
  return new AppError(error.code, error.status, `${done}; ${error.message}`, { cause: error });
}
