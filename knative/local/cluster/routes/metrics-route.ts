import { methodNotAllowed, noSuchResource } from "../status-error.ts";
import type { Answer, Exchange } from "./exchange.ts";
import type { MetricsApi } from "./metrics-api.ts";
import type { ResourcePath } from "./resource-path.ts";

/** GET of what metrics-server serves. */
export function metricsRoute(
  { method, query }: Exchange,
  { version, plural, name, namespace, subresource }: ResourcePath,
  metrics: MetricsApi,
  nowMs: number,
): Answer {
  if (version !== "v1beta1" || subresource !== "") throw noSuchResource();
  if (method !== "GET") throw methodNotAllowed();
  if (plural === "nodes" && namespace === undefined) {
    return {
      code: 200,
      body: name === "" ? metrics.nodes(query, nowMs) : metrics.node(name, nowMs),
    };
  }
  if (plural !== "pods") throw noSuchResource();
  if (name === "") return { code: 200, body: metrics.pods(namespace, query, nowMs) };
  return { code: 200, body: metrics.pod(namespace ?? "", name, nowMs) };
}
