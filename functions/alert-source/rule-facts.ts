import * as z from "zod/mini";
import { Instant } from "../../shared/instant.ts";
import { PermanentError } from "../../shared/errors.ts";
import { safeParse } from "../../shared/parse.ts";
import { listIssues, type Translation, translateAlerts } from "./decide.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Sample } from "./promql.ts";

const strings = z.record(z.string(), z.string());

const Rule = z.lazy(() =>
  z.object({
    name: z.string(),
    /** Of `for`, in seconds. */
    duration: z.number(),
    lastEvaluation: Instant,
    alerts: z.array(
      z.object({
        labels: strings,
        annotations: z.nullish(strings),
        state: z.string(),
        activeAt: Instant,
      }),
    ),
  }),
);
type Rule = z.infer<typeof Rule>;

/** The answer of Prometheus' `GET /api/v1/rules?type=alert`: its alerts, and when it looks at them. */
const Rules = z.lazy(() =>
  z.object({
    status: z.literal("success"),
    data: z.object({
      groups: z.array(z.object({ interval: z.number(), rules: z.array(Rule) })),
    }),
  }),
);

/** A rule with the interval of its group, in seconds. */
export type AlertRule = Rule & { intervalSeconds: number };

/** @throws PermanentError PULL_INVALID when it is another answer. */
export function parseRules(body: unknown): AlertRule[] {
  const answer = safeParse(Rules, body);
  if (!answer.success) {
    const issues = listIssues(answer.error.issues);
    throw new PermanentError("PULL_INVALID", `Prometheus answers no list of rules: ${issues}`);
  }
  return answer.data.data.groups.flatMap(({ interval, rules }) =>
    rules.map((rule) => ({ ...rule, intervalSeconds: interval })),
  );
}

/**
 * The firing alerts of the rules as events. When they fired is reckoned: the first evaluation with
 * `for` behind it. Prometheus says since when they are pending, and evaluates at even intervals.
 * `external` are the labels that it gives to what it sends and to nothing that it shows.
 */
export function firingFacts(
  rules: readonly AlertRule[],
  external: Readonly<Record<string, string>>,
): Translation {
  return translateAlerts(
    rules.flatMap(({ alerts, duration, intervalSeconds }) =>
      alerts
        .filter(({ state }) => state === "firing")
        .map(({ labels, annotations, activeAt }) => {
          const evaluations = intervalSeconds > 0 ? Math.ceil(duration / intervalSeconds) : 0;
          const firedMs = Date.parse(activeAt) + evaluations * intervalSeconds * 1_000;
          return {
            status: "firing",
            labels: { ...external, ...labels },
            annotations,
            startsAt: new Date(firedMs).toISOString(),
          };
        }),
    ),
  );
}

/** When a series of `ALERTS` was there: its oldest and newest sample, in Unix seconds. */
export type Seen = { first: readonly Sample[]; last: readonly Sample[] };

/**
 * What has ended, as events: it has samples in the window, none in the newest evaluation of its
 * rule, and does not fire now. It ended at the evaluation after its last sample. Where there is no
 * such rule any more nothing is known, and a fault says so. An alert that began before the window
 * is told to have begun with it.
 */
export function endedFacts(
  rules: readonly AlertRule[],
  { first, last }: Seen,
  external: Readonly<Record<string, string>>,
): Translation {
  const firing = new Set(
    rules.flatMap(({ alerts }) =>
      alerts.filter(({ state }) => state === "firing").map(({ labels }) => fingerprintOf(labels)),
    ),
  );
  const began = new Map(first.map(({ labels, value }) => [fingerprintOf(labels), value]));
  const ended: unknown[] = [];
  const unknown = new Set<string>();
  for (const { labels, value } of last) {
    const { alertstate: _state, ...own } = labels;
    if (firing.has(fingerprintOf(own))) continue;
    const known = rules.filter(({ name }) => name === own["alertname"]);
    if (known.length === 0) {
      unknown.add(own["alertname"] ?? "");
      continue;
    }
    const intervalSeconds = Math.max(...known.map((rule) => rule.intervalSeconds));
    const evaluatedMs = Math.min(...known.map(({ lastEvaluation }) => Date.parse(lastEvaluation)));
    const lastMs = Math.round(value * 1_000);
    // Its rule may be about to say that it still fires.
    if (evaluatedMs < lastMs + intervalSeconds * 500) continue;
    ended.push({
      status: "resolved",
      labels: { ...external, ...own },
      startsAt: toInstant((began.get(fingerprintOf(labels)) ?? value) * 1_000),
      endsAt: toInstant(lastMs + intervalSeconds * 1_000),
    });
  }
  const translation = translateAlerts(ended);
  for (const name of unknown) {
    translation.faults.push(`alert ${JSON.stringify(name.slice(0, 80))} has no rule any more`);
  }
  return translation;
}

function toInstant(ms: number): string {
  return new Date(Math.round(ms)).toISOString();
}
