import { relaySpan, type Span, type SpanAttributes, type SpanKind } from "./span.ts";
import type { TraceContext } from "./trace-context.ts";

/** Begins the work of a process in a trace. */
export type Tracer = {
  /** Whether spans are kept, and not only passed on. */
  readonly isRecording: boolean;
  /**
   * Work that `parent` caused (null: nobody said). null when there is nothing to trace: nobody
   * records, and nobody asked to be told.
   */
  begin(
    parent: TraceContext | null,
    span: () => { name: string; kind: SpanKind; attributes: SpanAttributes; startMs: number },
  ): Span | null;
  /** Sends what is left. Never fails. */
  close(): Promise<void>;
};

/** Records nothing; what comes in with a trace goes on with the same. */
export const relayTracer: Tracer = {
  isRecording: false,
  begin: (parent) => (parent === null ? null : relaySpan(parent)),
  close: () => Promise.resolve(),
};
