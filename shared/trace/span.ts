import type { TraceContext } from "./trace-context.ts";

/** Who is on the other side, in OpenTelemetry's words. */
export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

/** Names as OpenTelemetry's semantic conventions have them, values short. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A piece of work in a trace. */
export type Span = {
  /** What whatever this work causes is told. */
  readonly context: TraceContext;
  /** Begins a part of this work. Attributes are asked for only where somebody records. */
  child(name: string, kind: SpanKind, attributes?: () => SpanAttributes): Span;
  /** Once; later calls do nothing. With an error the work has failed. */
  end(failure?: { error: unknown }): void;
};

/** Passes a trace on that somebody else records: it has no parts of its own. */
export function relaySpan(context: TraceContext): Span {
  const span: Span = { context, child: () => span, end: () => {} };
  return span;
}
