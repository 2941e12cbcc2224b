/** A place in a trace, as it travels between processes: https://www.w3.org/TR/trace-context/ */
export type TraceContext = {
  /** 32 hex digits, not all 0. */
  readonly traceId: string;
  /** 16 hex digits, not all 0. */
  readonly spanId: string;
  readonly isSampled: boolean;
  /** What tracing systems add for themselves, as it came; null when there is none. */
  readonly state: string | null;
};

/** version, trace-id, parent-id, trace-flags; later versions may have more behind them (§3.2). */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[ -~]*)?$/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);
const SAMPLED = 1;
/** What must be passed on at the least (§3.3.1.5). A longer one is dropped, as is allowed. */
const MAX_STATE_LENGTH = 512;
const STATE = /^[ -~\t]+$/;

/** null for whatever is no valid traceparent: then the trace starts anew. A bad state is left out. */
export function parseTraceContext(traceparent: unknown, tracestate: unknown): TraceContext | null {
  if (typeof traceparent !== "string") return null;
  const [, version, traceId = "", spanId = "", flags = "", more] =
    TRACEPARENT.exec(traceparent) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) {
    return null;
  }
  if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
  const isState =
    typeof tracestate === "string" &&
    tracestate.length <= MAX_STATE_LENGTH &&
    STATE.test(tracestate);
  return {
    traceId,
    spanId,
    isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED,
    state: isState ? tracestate : null,
  };
}

/**
 * As the headers `traceparent` and `tracestate`; and as the attributes of an event, which have the
 * same names: https://github.com/cloudevents/spec, extensions/distributed-tracing.md
 */
export function traceAttributes(context: TraceContext): Record<string, string> {
  const { traceId, spanId, isSampled, state } = context;
  const traceparent = `00-${traceId}-${spanId}-0${isSampled ? SAMPLED : 0}`;
  return state === null ? { traceparent } : { traceparent, tracestate: state };
}
