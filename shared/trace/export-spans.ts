import type { Logger } from "../log.ts";
import type { SpanRecord } from "./record-span.ts";

/** Where spans wait until they are sent. */
export type SpanExport = {
  add(span: SpanRecord): void;
  /** Sends what is left, and waits for it as long as an end may take. */
  close(): Promise<void>;
};

type SendSpans = (spans: readonly SpanRecord[]) => Promise<void>;

/** Long enough that a first event is answered before the library is loaded; a batch's time too. */
const BATCH_MS = 500;
/** OpenTelemetry's OTEL_BSP_MAX_EXPORT_BATCH_SIZE and _MAX_QUEUE_SIZE, their defaults. */
const MAX_BATCH = 512;
const MAX_WAITING = 2_048;
/** For a receiver that answers at all. One that does not must not hold up an end. */
const CLOSE_MS = 2_000;

/**
 * Sends spans in batches by OpenTelemetry's exporter, which is loaded for the first one. Telemetry
 * is not worth a function: what a slow or absent receiver does not take is dropped and counted in
 * the log.
 */
export function createSpanExport(service: string, log: Logger): SpanExport {
  let waiting: SpanRecord[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let exporter: Promise<SendSpans> | undefined;

  const sendAll = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    try {
      const send = await (exporter ??= load(service));
      while (waiting.length > 0) {
        const batch = waiting.slice(0, MAX_BATCH);
        waiting = waiting.slice(MAX_BATCH);
        await send(batch).catch((error: unknown) => {
          dropped += batch.length;
          log.warn({ code: "SPANS_LOST", spans: batch.length, err: error }, "spans lost");
        });
      }
    } catch (error) {
      exporter = undefined;
      log.warn({ code: "SPANS_LOST", spans: waiting.length, err: error }, "spans lost");
      waiting = [];
    }
    if (dropped > 0) log.info({ dropped }, "spans dropped");
    dropped = 0;
  };
  const flush = (): Promise<void> =>
    (sending ??= sendAll().finally(() => {
      sending = undefined;
    }));

  return {
    add(span) {
      if (waiting.length >= MAX_WAITING) {
        dropped += 1;
        return;
      }
      waiting.push(span);
      timer ??= setTimeout(() => void flush(), BATCH_MS).unref();
    },
    async close() {
      let limit: NodeJS.Timeout | undefined;
      const over = new Promise<void>((resolve) => {
        limit = setTimeout(() => {
          log.warn({ code: "SPANS_LOST" }, "spans lost");
          resolve();
        }, CLOSE_MS);
      });
      const rest = async (): Promise<void> => {
        await flush();
        if (waiting.length > 0) await flush();
      };
      await Promise.race([rest(), over]);
      clearTimeout(limit);
    },
  };
}

/** SpanKind and SpanStatusCode of OpenTelemetry's API, as numbers: it need not be loaded for them. */
const KINDS = { internal: 0, server: 1, client: 2, producer: 3, consumer: 4 } as const;
const UNSET = 0;
const FAILED = 2;
const SAMPLED = 1;

async function load(service: string): Promise<SendSpans> {
  const [{ OTLPTraceExporter }, { detectResources, envDetector, resourceFromAttributes }] =
    await Promise.all([
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/resources"),
    ]);
  const exporter = new OTLPTraceExporter();
  type ReadableSpan = Parameters<typeof exporter.export>[0][number];
  const resource = detectResources({ detectors: [envDetector] }).merge(
    resourceFromAttributes({ "service.name": service, "service.namespace": "vigie" }),
  );
  const instrumentationScope = { name: "vigie" };

  const toReadable = (span: SpanRecord): ReadableSpan => ({
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => toContext(span.context, false),
    ...(span.parent === null
      ? {}
      : { parentSpanContext: toContext(span.parent.context, span.parent.isRemote) }),
    startTime: toHrTime(span.startMs),
    endTime: toHrTime(span.endMs),
    duration: toHrTime(span.endMs - span.startMs),
    status: span.failure === null ? { code: UNSET } : { code: FAILED, message: span.failure },
    attributes: span.attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  });
  return (spans) =>
    new Promise((resolve, reject) => {
      exporter.export(spans.map(toReadable), ({ error }) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
}

function toContext({ traceId, spanId, isSampled }: SpanRecord["context"], isRemote: boolean) {
  return { traceId, spanId, traceFlags: isSampled ? SAMPLED : 0, isRemote };
}

/** Seconds and nanoseconds. */
function toHrTime(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
