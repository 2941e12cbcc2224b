const NAMES = ["x-request-id", "retry-after"];
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
