import type { DeliverRequest, DeliverResponse } from "../broker/target.ts";

type Target = DeliverRequest["target"];

/** `net/http`: a client of Go gives up after so many. */
export const MAX_REDIRECTS = 10;

/** Go turns the request into a GET without a body at these; it sends it again as it is at the rest. */
const TO_GET = new Set([301, 302, 303]);
const AS_IT_IS = new Set([307, 308]);

/**
 * Where an answer sends on to, as Go's HTTP client, which Knative delivers with, understands it;
 * null when it is no redirect. Names of the cluster are kept to the services of this runtime.
 * @throws Error for an address that cannot be followed.
 */
export function redirectOf(
  from: Target,
  { status, headers }: DeliverResponse,
): { target: Target; isGet: boolean } | null {
  const { location } = headers;
  if (location === undefined || !(TO_GET.has(status) || AS_IT_IS.has(status))) return null;
  const base = from.kind === "service" ? `http://${hostOf(from)}${from.path}` : from.url;
  if (!URL.canParse(location, base)) throw new Error(`redirects to ${JSON.stringify(location)}`);
  const url = new URL(location, base);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Error(`redirects to ${url.protocol}, which is neither http nor https`);
  }
  url.hash = "";
  const service = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?$/.exec(url.host);
  const [, name = "", namespace = ""] = service ?? [];
  const target: Target =
    service === null
      ? { kind: "url", url: url.href }
      : { kind: "service", namespace, name, path: `${url.pathname}${url.search}` };
  return { target, isGet: TO_GET.has(status) };
}

/** The name that a service has in a cluster. */
export function hostOf({ name, namespace }: { name: string; namespace: string }): string {
  return `${name}.${namespace}.svc.cluster.local`;
}
