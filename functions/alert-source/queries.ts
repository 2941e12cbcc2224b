import * as z from "zod/mini";
import { Resource } from "../../shared/policy-words.ts";
import { safeParse } from "../../shared/parse.ts";
import { type Translation, translateAlerts } from "./decide.ts";
import type { Sample } from "./promql.ts";

/** Longer ones do not fit the request line of common proxies. */
const MAX_EXPR_LENGTH = 4_096;
/** A pod with a request of 1m that takes a whole core is at 100,000 %; more is a mistaken unit. */
const MAX_PERCENT = 1_000_000;

const Query = z.lazy(() =>
  z.strictObject({
    /** Becomes the label alertname of what it finds. */
    name: z.string().check(z.regex(/^[A-Za-z_]\w{0,99}$/)),
    /** PromQL for the load of pods: an instant vector with the labels namespace and pod. */
    expr: z.string().check(z.minLength(1), z.maxLength(MAX_EXPR_LENGTH)),
    resource: Resource,
    /** What a value of 1 means: all of the limit, or one hundredth of it. */
    unit: z._default(z.enum(["ratio", "percent"]), "ratio"),
    /**
     * It is asked at the ticks whose minute (since 1970, UTC) is a multiple of this. A multiple of the
     * clock's own period, or ticks are left out. Absent: at every tick.
     */
    everyMinutes: z.optional(z.int().check(z.minimum(1), z.maximum(10_080))),
    /** More series than this and none is sent: a query that has lost its selector. */
    maxSamples: z._default(z.int().check(z.minimum(1), z.maximum(20_000)), 1_000),
  }),
);
export type Query = z.infer<typeof Query>;

const Queries = z.lazy(() =>
  z.strictObject({
    queries: z.array(Query).check(
      z.maxLength(50),
      z.refine((queries) => new Set(queries.map(({ name }) => name)).size === queries.length, {
        error: "two queries have the same name",
      }),
    ),
  }),
);

/** The parsed file of queries. @throws Error with every fault when one is not valid. */
export function parseQueries(document: unknown): readonly Query[] {
  const result = safeParse(Queries, document);
  if (result.success) return result.data.queries;
  throw new Error(`the file of queries is not valid\n${z.prettifyError(result.error)}`);
}

/** Those that are asked at a tick. The same for a redelivery of the tick: nothing is remembered. */
export function dueAt(queries: readonly Query[], tickMs: number): Query[] {
  const minute = Math.floor(tickMs / 60_000);
  return queries.filter(({ everyMinutes = 1 }) => minute % everyMinutes === 0);
}

/**
 * The samples of a query as events: each is a reading of one pod, told as an alert that fires from
 * the tick on. It holds until the next reading, which replaces it; nothing resolves it. What is no
 * number from 0 up, or has no pod, is refused by name.
 */
export function toReadings(query: Query, samples: readonly Sample[], tickMs: number): Translation {
  const { name, resource, unit, maxSamples } = query;
  if (samples.length > maxSamples) {
    const fault = `query ${name}: ${samples.length} samples, more than ${maxSamples}: none is sent`;
    return { events: [], faults: [fault], truncated: samples.length };
  }
  const startsAt = new Date(tickMs).toISOString();
  const faults: string[] = [];
  const alerts: unknown[] = [];
  for (const { labels, value } of samples) {
    const { __name__: _name, ...own } = labels;
    const fault = faultOf(own, unit === "ratio" ? value * 100 : value);
    if (fault !== null) {
      faults.push(`query ${name}: ${fault}`);
      continue;
    }
    alerts.push({
      status: "firing",
      labels: { ...own, alertname: name, resource },
      // Without an exponent: what reads it wants plain digits.
      annotations: { [unit]: value.toFixed(6) },
      startsAt,
    });
  }
  const translation = translateAlerts(alerts);
  return { ...translation, faults: [...faults, ...translation.faults] };
}

function faultOf(labels: Readonly<Record<string, string>>, percent: number): string | null {
  const { namespace, pod } = labels;
  if (!namespace || !pod) return "a sample has no label namespace or pod";
  const about = JSON.stringify(`${namespace}/${pod}`.slice(0, 120));
  if (!Number.isFinite(percent)) return `${about} is at ${percent}`;
  if (percent < 0 || percent > MAX_PERCENT) {
    return `${about} is at ${percent} %, not from 0 to ${MAX_PERCENT} %`;
  }
  return null;
}
