import * as z from "zod/mini";

/** OpenTelemetry's own rule: an empty variable is one that is not set. */
const text = z.optional(z.string());
const url = z.optional(z.union([z.literal(""), z.url({ protocol: /^https?$/ })]));

/**
 * What of OpenTelemetry's environment every function reads. Other variables of the exporter
 * (headers, certificates, time-outs, compression) are read by its library itself.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const TraceEnv = z.object({
  /** Of an OTLP/HTTP receiver. Absent or empty, and the next one too: nothing is recorded. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url,
  OTEL_SDK_DISABLED: text,
  OTEL_TRACES_EXPORTER: z.optional(z.enum(["", "otlp", "none"])),
  /** JSON is what is sent; every collector takes it. */
  OTEL_EXPORTER_OTLP_PROTOCOL: z.optional(z.enum(["", "http/json"])),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.optional(z.enum(["", "http/json"])),
  /** Of traces that begin here; one that goes on keeps what was decided at its beginning. */
  OTEL_TRACES_SAMPLER: z.optional(
    z.enum(["", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"]),
  ),
  /** Of parentbased_traceidratio: 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: z.optional(
    z.union([z.literal(""), z.coerce.number().check(z.minimum(0), z.maximum(1))]),
  ),
});
export type TraceEnv = z.infer<typeof TraceEnv>;

/** Whether spans are to be recorded and sent. */
export function isExporting(env: TraceEnv): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === "true" || env.OTEL_TRACES_EXPORTER === "none") {
    return false;
  }
  return Boolean(env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT);
}
