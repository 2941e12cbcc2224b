import { readEnv } from "../config.ts";
import type { Logger } from "../log.ts";
import { createSpanExport } from "./export-spans.ts";
import { randomHex, recordSpan } from "./record-span.ts";
import { createSampler } from "./sampler.ts";
import { isExporting, TraceEnv } from "./trace-env.ts";
import { relayTracer, type Tracer } from "./tracer.ts";

/**
 * Records and sends spans, unless the environment says not to.
 * @throws Error that lists every bad variable.
 */
export function createTracer(service: string, variables: NodeJS.ProcessEnv, log: Logger): Tracer {
  const env = readEnv(TraceEnv, variables);
  if (!isExporting(env)) return relayTracer;
  const isSampled = createSampler(env);
  const spans = createSpanExport(service, log);
  return {
    isRecording: true,
    begin(parent, span) {
      const traceId = parent?.traceId ?? randomHex(32);
      const trace = {
        traceId,
        isSampled: parent?.isSampled ?? isSampled(traceId),
        state: parent?.state ?? null,
      };
      const from = parent === null ? null : { context: parent, isRemote: true };
      return recordSpan({ ...span(), parent: from, trace }, (ended) => spans.add(ended));
    },
    close: () => spans.close(),
  };
}
