import type { Logger } from "../log.ts";
import { relayTracer, type Tracer } from "./tracer.ts";

/**
 * The tracer that the environment asks for. Where it names no receiver nothing of all that is
 * loaded, and a start costs what it did.
 * @throws Error that lists every bad variable of OpenTelemetry's, where a receiver is named.
 */
export async function openTracer(
  service: string,
  log: Logger,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Tracer> {
  if (!env["OTEL_EXPORTER_OTLP_ENDPOINT"] && !env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"]) {
    return relayTracer;
  }
  const { createTracer } = await import("./create-tracer.ts");
  return createTracer(service, env, log);
}
