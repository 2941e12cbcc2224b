import type { Clock } from "../clock.ts";
import { coreVersions, groupList, oneGroup, resourceList, versionInfo } from "../discovery.ts";
import { exposition } from "../exposition.ts";
import {
  openApiV2Json,
  openApiV2Protobuf,
  openApiV2Type,
  openApiV3,
  openApiV3Root,
} from "../openapi.ts";
import { allows, allowsPath, denial } from "../rbac.ts";
import { findResource } from "../resources.ts";
import type { Resource } from "../resources.ts";
import { deleteObject } from "../deletion.ts";
import {
  StatusError,
  forbidden,
  methodNotAllowed,
  noSuchResource,
  notFound,
} from "../status-error.ts";
import type { Store } from "../store.ts";
import type { Tokens } from "../tokens.ts";
import type { Usage } from "../usage.ts";
import type { Writes } from "../writes.ts";
import { readBody } from "./exchange.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { refuseDisruption } from "../disruption-budget.ts";
import { MetricsApi } from "./metrics-api.ts";
import { createObject, objectRoute, removeCollection } from "./object.ts";
import { flag, readCollection } from "./read.ts";
import { reviewRoute } from "./reviews.ts";

export type RouterParts = {
  store: Store;
  clock: Clock;
  writes: Writes;
  usage: Usage;
  tokens: Tokens;
  /** Fires when the server closes: ends every watch. */
  closing: AbortSignal;
};

/** A path below `/api/v1` or `/apis/<group>/<version>`. */
type ResourcePath = {
  group: string;
  version: string;
  namespace: string | undefined;
  plural: string;
  name: string;
  subresource: string;
};

function resourcePath(segments: readonly string[]): ResourcePath | null {
  const isCore = segments[0] === "api";
  const rest = segments.slice(isCore ? 2 : 3);
  const group = isCore ? "" : (segments[1] ?? "");
  const version = (isCore ? segments[1] : segments[2]) ?? "";
  const [first, second, third] = rest;
  if (first === undefined || rest.length > 5) return null;
  const isScoped =
    first === "namespaces" &&
    second !== undefined &&
    third !== undefined &&
    !(group === "" && rest.length === 3 && (third === "status" || third === "finalize"));
  const [plural = "", name = "", subresource = ""] = isScoped ? rest.slice(2) : rest;
  if (rest.length > (isScoped ? 5 : 3)) return null;
  return { group, version, namespace: isScoped ? second : undefined, plural, name, subresource };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return name === "" ? "deletecollection" : "delete";
    default:
      if (flag(query.get("watch"))) return "watch";
      return name === "" ? "list" : "get";
  }
}

/** Subresources that need containers that really run. */
const running = new Set(["log", "exec", "attach", "portforward", "proxy", "ephemeralcontainers"]);

export class Router {
  readonly #parts: RouterParts;
  readonly #metrics: MetricsApi;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#metrics = new MetricsApi(parts.store, parts.usage);
  }

  /** The answer to a request; undefined when it has become a stream. */
  async route(exchange: Exchange): Promise<Answer | undefined> {
    const { segments } = exchange;
    const isResource =
      (segments[0] === "api" && segments.length > 2) ||
      (segments[0] === "apis" && segments.length > 3);
    return isResource ? this.#resource(exchange) : this.#plain(exchange);
  }

  async #plain(exchange: Exchange): Promise<Answer> {
    const { segments, method, user, request } = exchange;
    const path = `/${segments.join("/")}`;
    if (!allowsPath(this.#parts.store, user, method.toLowerCase(), path)) {
      throw new StatusError(
        403,
        "Forbidden",
        `forbidden: User "${user.name}" cannot ${method.toLowerCase()} path "${path}"`,
        {},
      );
    }
    if (method !== "GET" && method !== "HEAD") throw methodNotAllowed();
    const [first, second, third, fourth] = segments;
    const found = (body: unknown): Answer => {
      if (body === null) throw noSuchResource();
      return { code: 200, body };
    };
    switch (first) {
      case "healthz":
      case "livez":
      case "readyz":
        return { code: 200, body: "ok", contentType: "text/plain; charset=utf-8" };
      case "version":
        return found(versionInfo);
      case "metrics":
        return {
          code: 200,
          body: exposition(this.#parts.store, this.#parts.usage),
          contentType: "text/plain; version=0.0.4; charset=utf-8",
        };
      case "api":
        return found(second === undefined ? coreVersions : resourceList("", second));
      case "apis":
        if (second === undefined) return found(groupList);
        return found(third === undefined ? oneGroup(second) : resourceList(second, third));
      case "openapi": {
        if (second === "v2") {
          return request.headers.accept?.includes("protobuf") === true
            ? { code: 200, body: openApiV2Protobuf, contentType: openApiV2Type }
            : found(openApiV2Json);
        }
        if (second !== "v3") throw noSuchResource();
        if (third === undefined) return found(openApiV3Root);
        return found(
          third === "api"
            ? openApiV3("", fourth ?? "")
            : openApiV3(fourth ?? "", segments[4] ?? ""),
        );
      }
      case undefined:
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

  async #resource(exchange: Exchange): Promise<Answer | undefined> {
    const path = resourcePath(exchange.segments);
    if (path === null) throw noSuchResource();
    this.#authorize(exchange, path);
    if (path.group === "metrics.k8s.io") return this.#metricsRoute(exchange, path);
    if (path.group === "authorization.k8s.io" || path.group === "authentication.k8s.io") {
      if (exchange.method !== "POST" || path.version !== "v1") throw methodNotAllowed();
      const answer = await reviewRoute(exchange, path.plural, this.#parts.store);
      if (answer === null) throw noSuchResource();
      return answer;
    }
    const resource = findResource(path.group, path.version, path.plural);
    if (resource === undefined) throw noSuchResource();
    if (path.namespace !== undefined && !resource.namespaced) throw noSuchResource();
    if (path.name !== "") return this.#named(exchange, resource, path);
    return this.#collection(exchange, resource, path);
  }

  #authorize({ method, query, user, onCall }: Exchange, path: ResourcePath): void {
    const { group, plural, name, subresource } = path;
    const isNamespace = group === "" && plural === "namespaces";
    const attributes = {
      verb: verbOf(method, name, query),
      group,
      resource: subresource === "" ? plural : `${plural}/${subresource}`,
      namespace: path.namespace ?? (isNamespace ? name : ""),
      name,
    };
    const isAllowed = allows(this.#parts.store, user, attributes);
    onCall?.(attributes, !isAllowed);
    if (isAllowed) return;
    throw forbidden({ group, plural, kind: plural }, name, denial(user, attributes));
  }

  async #collection(
    exchange: Exchange,
    resource: Resource,
    path: ResourcePath,
  ): Promise<Answer | undefined> {
    const { store, clock, closing } = this.#parts;
    switch (exchange.method) {
      case "GET":
      case "HEAD":
        return readCollection(exchange, store, resource, path.namespace, clock.nowMs(), closing);
      case "POST":
        if (resource.namespaced && path.namespace === undefined) throw methodNotAllowed();
        return createObject(exchange, resource, path.namespace ?? "", this.#parts);
      case "DELETE":
        if (resource.namespaced && path.namespace === undefined) throw methodNotAllowed();
        return removeCollection(exchange, resource, path.namespace, this.#parts);
      default:
        throw methodNotAllowed();
    }
  }

  async #named(
    exchange: Exchange,
    resource: Resource,
    path: ResourcePath,
  ): Promise<Answer | undefined> {
    const { store, clock, tokens } = this.#parts;
    const { name, subresource } = path;
    if (resource.namespaced && path.namespace === undefined) throw noSuchResource();
    const namespace = path.namespace ?? "";
    if (resource.storage === "pods." && running.has(subresource)) {
      if (store.get(resource, namespace, name) === undefined) throw notFound(resource, name);
      throw new StatusError(
        501,
        "NotImplemented",
        `the simulated cluster runs no real containers: pods/${subresource} is not available`,
      );
    }
    if (subresource !== "" && !resource.subresources.some((entry) => entry === subresource)) {
      throw noSuchResource();
    }
    if (subresource === "token" || subresource === "eviction") {
      if (exchange.method !== "POST") throw methodNotAllowed();
      await readBody(exchange);
      const object = store.get(resource, namespace, name);
      if (object === undefined) throw notFound(resource, name);
      if (subresource === "eviction") {
        refuseDisruption(store, object);
        deleteObject(store, clock, resource, object);
        return {
          code: 201,
          body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" },
        };
      }
      return {
        code: 201,
        body: {
          kind: "TokenRequest",
          apiVersion: "authentication.k8s.io/v1",
          metadata: { name, namespace },
          status: {
            token: tokens.of(namespace, name),
            expirationTimestamp: "9999-12-31T23:59:59Z",
          },
        },
      };
    }
    if (exchange.method === "GET" && flag(exchange.query.get("watch"))) {
      exchange.query.set("fieldSelector", `metadata.name=${name}`);
      return readCollection(
        exchange,
        store,
        resource,
        path.namespace,
        clock.nowMs(),
        this.#parts.closing,
      );
    }
    return objectRoute(exchange, { resource, namespace, name, subresource }, this.#parts);
  }

  #metricsRoute({ method, query }: Exchange, path: ResourcePath): Answer {
    const { plural, name, namespace } = path;
    if (path.version !== "v1beta1" || path.subresource !== "") throw noSuchResource();
    if (method !== "GET") throw methodNotAllowed();
    const nowMs = this.#parts.clock.nowMs();
    if (plural === "nodes" && namespace === undefined) {
      return {
        code: 200,
        body: name === "" ? this.#metrics.nodes(query, nowMs) : this.#metrics.node(name, nowMs),
      };
    }
    if (plural !== "pods") throw noSuchResource();
    if (name === "") return { code: 200, body: this.#metrics.pods(namespace, query, nowMs) };
    return { code: 200, body: this.#metrics.pod(namespace ?? "", name, nowMs) };
  }
}
