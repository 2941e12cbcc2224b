/** W3C's two: without an exporter of its own, Knative's OpenTelemetry sends them on as they came. */
const TRACE = ["traceparent", "tracestate"];
const NAMES = ["x-request-id", "retry-after", ...TRACE];
const PREFIXES = ["knative-", "x-b3-"];

/** Headers that travel with an event from hop to hop. Everything else ends. `E:pkg/utils/headers.go` */
export function passedHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): [string, string][] {
  const passed: [string, string][] = [];
  for (const name in headers) {
    if (!NAMES.includes(name) && !PREFIXES.some((prefix) => name.startsWith(prefix))) continue;
    const value = headers[name];
    if (value !== undefined) passed.push([name, Array.isArray(value) ? value.join(", ") : value]);
  }
  return passed;
}

/**
 * What a reply travels with: the headers of the answer, and the trace of the event it answers, as
 * the answer of a server names none.
 */
export function replyHeaders(
  answer: Readonly<Record<string, string | string[] | undefined>>,
  asked: readonly [string, string][],
): [string, string][] {
  const passed = passedHeaders(answer);
  if (passed.some(([name]) => name === "traceparent")) return passed;
  return [...passed, ...asked.filter(([name]) => TRACE.includes(name))];
}
