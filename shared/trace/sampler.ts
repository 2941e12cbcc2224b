import type { TraceEnv } from "./trace-env.ts";

/** Whether a trace that begins here is recorded. */
export type Sampler = (traceId: string) => boolean;

/** The last 56 bits decide, so that every process says the same: "TraceIdRatioBased", W3C level 2. */
const RANDOM_HEX_DIGITS = 14;
const RANDOM_RANGE = 2 ** 56;

export function createSampler(env: TraceEnv): Sampler {
  const { OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio } = env;
  if (sampler === "parentbased_always_off") return () => false;
  if (sampler !== "parentbased_traceidratio" || typeof ratio !== "number") return () => true;
  const threshold = (1 - ratio) * RANDOM_RANGE;
  return (traceId) => Number.parseInt(traceId.slice(-RANDOM_HEX_DIGITS), 16) >= threshold;
}
