import * as z from "zod/mini";
import { PermanentError } from "../../shared/errors.ts";
import { safeParse } from "../../shared/parse.ts";
import { listIssues } from "./decide.ts";
import type { ReadJson } from "./read-json.ts";

/** One series of an instant query. */
export type Sample = { labels: Record<string, string>; value: number };

const Vector = z.lazy(() =>
  z.object({
    status: z.literal("success"),
    data: z.object({
      resultType: z.literal("vector"),
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          value: z.tuple([z.number(), z.string()]),
        }),
      ),
    }),
    /** A query layer (Thanos, Mimir) that could not ask all of its stores says so here. */
    warnings: z.nullish(z.array(z.string())),
  }),
);

/** `isPartial`: some of the stores behind the server did not answer; what is missing is unknown. */
export type Answered = { samples: Sample[]; isPartial: boolean };

/**
 * Evaluates an expression at an instant. Values may be NaN or infinite: Prometheus has them.
 * @throws PermanentError PULL_INVALID when the answer is no instant vector.
 */
export async function evaluate(
  readJson: ReadJson,
  expr: string,
  atMs: number,
  signal: AbortSignal,
): Promise<Answered> {
  const time = (atMs / 1_000).toFixed(3);
  const answer = safeParse(Vector, await readJson("api/v1/query", { query: expr, time }, signal));
  if (!answer.success) {
    const issues = listIssues(answer.error.issues);
    throw new PermanentError("PULL_INVALID", `Prometheus answers no instant vector: ${issues}`);
  }
  const { data, warnings } = answer.data;
  return {
    samples: data.result.map(({ metric, value }) => ({
      labels: metric,
      value: toNumber(value[1]),
    })),
    isPartial: (warnings ?? []).length > 0,
  };
}

/** As Prometheus writes floats: "0.92", "1e+06", "NaN", "+Inf". */
function toNumber(text: string): number {
  if (/^[+-]?Inf$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return text.trim() === "" ? Number.NaN : Number(text);
}
