import { UsageFault } from "./usage-fault.ts";

/** One line of a range query: its labels, and `[seconds since 1970, number as text]` each. */
export type Series = {
  labels: Readonly<Record<string, string>>;
  points: readonly (readonly [number, string])[];
};

/**
 * The series of an answer to a range query. Its shape is looked at down to the series; a point that
 * is none is left out by `numberOf`, because a schema for ten thousand points takes longer than
 * all the rest.
 * @throws UsageFault for an error that Prometheus tells, and for what is no answer of Prometheus.
 */
export function parseMatrix(text: string): Series[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new UsageFault("Prometheus answered with what is no JSON", { cause });
  }
  if (!isRecord(answer)) throw notPrometheus();
  if (answer["status"] === "error") throw new UsageFault(`Prometheus: ${shown(answer["error"])}`);
  const { data } = answer;
  if (!isRecord(data) || data["resultType"] !== "matrix" || !Array.isArray(data["result"])) {
    throw notPrometheus();
  }
  return data["result"].map((each: unknown) => {
    if (!isRecord(each) || !isRecord(each["metric"]) || !Array.isArray(each["values"])) {
      throw notPrometheus();
    }
    return { labels: each["metric"], points: each["values"] } as Series;
  });
}

/** null for NaN, infinities, negative numbers, and for what is no point. */
export function numberOf(point: Series["points"][number]): number | null {
  const number = Number(point?.[1]);
  return number >= 0 && number < Infinity ? number : null;
}

const MAX_SHOWN_CHARACTERS = 200;

function shown(error: unknown): string {
  return String(error).slice(0, MAX_SHOWN_CHARACTERS);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function notPrometheus(): UsageFault {
  return new UsageFault("what answers at PROMETHEUS_URL is no Prometheus");
}
