import type { Span, SpanAttributes, SpanKind } from "./span.ts";
import type { TraceContext } from "./trace-context.ts";

/** A span that has ended. */
export type SpanRecord = {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: TraceContext;
  /** null: the trace begins here. */
  readonly parent: { context: TraceContext; isRemote: boolean } | null;
  /** Milliseconds since 1970, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  /** Why it failed; null when it did not. */
  readonly failure: string | null;
};

type Start = Pick<SpanRecord, "name" | "kind" | "parent" | "attributes"> & {
  trace: Pick<TraceContext, "traceId" | "isSampled" | "state">;
  startMs?: number;
};

/** As long as a backend shows it. */
const MAX_FAILURE_LENGTH = 300;

/** Begins a span; `ended` gets it when it has ended, if its trace is sampled. */
export function recordSpan(start: Start, ended: (span: SpanRecord) => void): Span {
  const { name, kind, parent, attributes, trace } = start;
  const { startMs = nowMs() } = start;
  const context: TraceContext = { ...trace, spanId: randomHex(16) };
  let isOver = false;
  return {
    context,
    child: (childName, childKind, childAttributes) =>
      recordSpan(
        {
          name: childName,
          kind: childKind,
          attributes: childAttributes?.() ?? {},
          parent: { context, isRemote: false },
          trace,
        },
        ended,
      ),
    end(failure) {
      if (isOver) return;
      isOver = true;
      if (!context.isSampled) return;
      const why = failure === undefined ? null : messageOf(failure.error);
      ended({ name, kind, parent, attributes, context, startMs, endMs: nowMs(), failure: why });
    },
  };
}

/** Finer than Date.now(): most spans take less than a millisecond. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Not all 0. Ids of traces need to be different, not secret: node:crypto is not loaded for them. */
export function randomHex(digits: 16 | 32): string {
  let hex = "";
  while (hex.length < digits) {
    hex += Math.floor(Math.random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  }
  return /[1-9a-f]/.test(hex) ? hex : randomHex(digits);
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(0, MAX_FAILURE_LENGTH);
}
