import type { Clock } from "../clock.ts";
import { allows, denial } from "../rbac.ts";
import { apiVersionOf } from "../resource.ts";
import type { Resource } from "../resource.ts";
import { forbidden, methodNotAllowed, noSuchResource } from "../status-error.ts";
import type { ServerVersion } from "../server-version.ts";
import type { Store } from "../store.ts";
import type { Tokens } from "../tokens.ts";
import type { Usage } from "../usage.ts";
import type { Writes } from "../writes.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { MetricsApi } from "./metrics-api.ts";
import { metricsRoute } from "./metrics-route.ts";
import { createObject, objectRoute } from "./object.ts";
import { plainRoute } from "./plain.ts";
import { isPodStream, refusePodStream } from "./pod-streams.ts";
import { isPosted, postedSubresource } from "./posted-subresource.ts";
import { readCollection } from "./read.ts";
import { removeCollection } from "./remove-object.ts";
import { nameAsked, resourcePath, verbOf } from "./resource-path.ts";
import type { ResourcePath } from "./resource-path.ts";
import { reviewRoute } from "./reviews.ts";

export type RouterParts = {
  store: Store;
  clock: Clock;
  writes: Writes;
  usage: Usage;
  tokens: Tokens;
  version: ServerVersion;
  /** Fires when the server closes: ends every watch. */
  closing: AbortSignal;
};

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
    return isResource ? this.#resource(exchange) : plainRoute(exchange, this.#parts);
  }

  async #resource(exchange: Exchange): Promise<Answer | undefined> {
    const path = resourcePath(exchange.segments);
    if (path === null) throw noSuchResource();
    this.#authorize(exchange, path);
    const { group, version, plural, namespace, name } = path;
    const nowMs = this.#parts.clock.nowMs();
    if (group === "metrics.k8s.io") return metricsRoute(exchange, path, this.#metrics, nowMs);
    if (group === "authorization.k8s.io" || group === "authentication.k8s.io") {
      if (exchange.method !== "POST" || version !== "v1") throw methodNotAllowed();
      const answer = await reviewRoute(exchange, plural, this.#parts, nowMs);
      if (answer === null) throw noSuchResource();
      return answer;
    }
    const resource = this.#parts.store.kinds.find(group, version, plural);
    if (resource === undefined) throw noSuchResource(`${plural} of ${apiVersionOf(path)}`);
    if (namespace !== undefined && !resource.namespaced) throw noSuchResource();
    if (name !== "") return this.#named(exchange, resource, path);
    return this.#collection(exchange, resource, path);
  }

  #authorize({ method, query, user, onCall }: Exchange, path: ResourcePath): void {
    const { group, plural, subresource } = path;
    const name = path.name === "" ? nameAsked(method, query) : path.name;
    const isNamespace = group === "" && plural === "namespaces";
    const attributes = {
      verb: verbOf(method, path.name, query),
      group,
      resource: subresource === "" ? plural : `${plural}/${subresource}`,
      namespace: path.namespace ?? (isNamespace ? path.name : ""),
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
        return readCollection(exchange, store, resource, path.namespace, clock.nowMs(), closing);
      case "POST":
        if (resource.namespaced && path.namespace === undefined) throw methodNotAllowed();
        return createObject(exchange, resource, path.namespace ?? "", this.#parts);
      case "DELETE":
        if (!resource.deletedAsCollection) throw methodNotAllowed();
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
    const { store, version } = this.#parts;
    const { name, subresource } = path;
    if (resource.namespaced && path.namespace === undefined) throw noSuchResource();
    const target = { resource, namespace: path.namespace ?? "", name, subresource };
    if (isPodStream(resource, subresource)) refusePodStream(store, target);
    if (subresource === "resize" && !version.canResize) throw noSuchResource();
    if (subresource !== "" && !resource.subresources.some((entry) => entry === subresource)) {
      throw noSuchResource();
    }
    if (isPosted(subresource)) return postedSubresource(exchange, target, this.#parts);
    return objectRoute(exchange, target, this.#parts);
  }
}
