/** RFC 9110 §7.6.1: of one connection only, never passed on. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Raw headers (name, value, name, value, …) without those of the connection and those that
 * `Connection` names, in their order and spelling; doubles are kept. `drop` in lower case.
 */
export function endToEndHeaders(rawHeaders: readonly string[], drop: readonly string[]): string[] {
  const dropped = new Set([...HOP_BY_HOP, ...drop]);
  eachHeader(rawHeaders, (name, value) => {
    if (name.toLowerCase() !== "connection") return;
    for (const named of value.split(",")) dropped.add(named.trim().toLowerCase());
  });
  const kept: string[] = [];
  eachHeader(rawHeaders, (name, value) => {
    if (!dropped.has(name.toLowerCase())) kept.push(name, value);
  });
  return kept;
}

function eachHeader(
  rawHeaders: readonly string[],
  visit: (name: string, value: string) => void,
): void {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    visit(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  }
}
