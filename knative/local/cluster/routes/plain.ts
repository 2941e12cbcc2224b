import { aggregatedType, wantsAggregated } from "../accept.ts";
import { aggregated, coreVersions, groupList, oneGroup, resourceList } from "../discovery.ts";
import { exposition } from "../exposition.ts";
import { openApiV3, openApiV3Root } from "../openapi.ts";
import { openApiV2Json, openApiV2Protobuf, openApiV2Type } from "../openapi-v2.ts";
import { reasonForPath } from "../rbac.ts";
import { type ServerVersion, versionInfo } from "../server-version.ts";
import { StatusError, methodNotAllowed, noSuchResource } from "../status-error.ts";
import type { Store } from "../store.ts";
import type { Usage } from "../usage.ts";
import type { Answer, Exchange } from "./exchange.ts";

export type PlainParts = { store: Store; usage: Usage; version: ServerVersion };

const health: ReadonlySet<string> = new Set(["healthz", "livez", "readyz"]);

/** GET of what is no resource: health, version, metrics, discovery, OpenAPI. */
export async function plainRoute(
  exchange: Exchange,
  { store, usage, version }: PlainParts,
): Promise<Answer> {
  const { segments, method, user, request } = exchange;
  const path = `/${segments.join("/")}`;
  if (reasonForPath(store, user, method.toLowerCase(), path) === null) {
    throw new StatusError(
      403,
      "Forbidden",
      `forbidden: User "${user.name}" cannot ${method.toLowerCase()} path "${path}"`,
      {},
    );
  }
  const [first = "", second, third, fourth] = segments;
  // Whatever the method: load balancers ask with HEAD.
  if (health.has(first)) {
    const body = exchange.query.has("verbose") ? `[+]ping ok\n${first} check passed\n` : "ok";
    return { code: 200, body, contentType: "text/plain; charset=utf-8" };
  }
  if (method !== "GET") throw methodNotAllowed();
  const found = (body: unknown): Answer => {
    if (body === null) throw noSuchResource();
    return { code: 200, body };
  };
  const { accept } = request.headers;
  const kinds = store.kinds.all();
  const all = (isCore: boolean): Answer => ({
    code: 200,
    body: aggregated(kinds, isCore, version),
    contentType: aggregatedType,
  });
  switch (first) {
    case "version":
      return found(versionInfo(version));
    case "metrics":
      return {
        code: 200,
        body: exposition(store, usage),
        contentType: "text/plain; version=0.0.4; charset=utf-8",
      };
    case "api":
      if (second === undefined && wantsAggregated(accept)) return all(true);
      return found(second === undefined ? coreVersions : resourceList(kinds, "", second, version));
    case "apis":
      if (second === undefined)
        return wantsAggregated(accept) ? all(false) : found(groupList(kinds));
      return found(
        third === undefined ? oneGroup(kinds, second) : resourceList(kinds, second, third, version),
      );
    case "openapi": {
      if (second === "v2") {
        return request.headers.accept?.includes("protobuf") === true
          ? { code: 200, body: openApiV2Protobuf(kinds), contentType: openApiV2Type }
          : found(openApiV2Json);
      }
      if (second !== "v3") throw noSuchResource();
      if (third === undefined) return found(openApiV3Root(kinds));
      return found(
        await (third === "api"
          ? openApiV3(kinds, "", fourth ?? "")
          : openApiV3(kinds, fourth ?? "", segments[4] ?? "")),
      );
    }
    case "":
      return found({
        paths: [
          "/api",
          "/apis",
          "/healthz",
          "/livez",
          "/metrics",
          "/openapi/v2",
          "/openapi/v3",
          "/readyz",
          "/version",
        ],
      });
    default:
      throw noSuchResource();
  }
}
