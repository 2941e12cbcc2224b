import { textOf } from "../kube-object.ts";
import type { JsonRecord, KubeObject } from "../kube-object.ts";
import { negotiate, representList } from "../represent.ts";
import type { Representation } from "../represent.ts";
import type { Resource } from "../resource.ts";
import { parseFilter } from "../selectors.ts";
import { StatusError, badRequest } from "../status-error.ts";
import type { Store } from "../store.ts";
import { streamChanges } from "../watch.ts";
import type { Answer, Exchange } from "./exchange.ts";
import {
  assertListOptions,
  assertReached,
  assertWatchedVersion,
  flag,
  whole,
} from "./list-options.ts";

export const representationOf = ({ request, query }: Exchange, nowMs: number): Representation => ({
  form: negotiate(request.headers.accept),
  includeObject: query.get("includeObject") ?? "Metadata",
  nowMs,
});

type Token = { version: number; after: string };

const TOKEN_VERSION = "meta.k8s.io/v1";

const encodeToken = (token: Token): string =>
  Buffer.from(JSON.stringify({ v: TOKEN_VERSION, rv: token.version, start: token.after })).toString(
    "base64url",
  );

function decodeToken(text: string): Token {
  const wrong = (why: string) =>
    badRequest(`invalid continue token: continue key is not valid: ${why}`);
  let token: Record<string, unknown>;
  try {
    token = Object(JSON.parse(Buffer.from(text, "base64url").toString("utf8"))) as JsonRecord;
  } catch {
    throw wrong("it is no JSON");
  }
  const { v, rv, start } = token;
  if (v !== TOKEN_VERSION) {
    throw wrong(`server does not recognize this encoded version ${textOf(v)}`);
  }
  if (typeof rv === "number" && Number.isSafeInteger(rv) && typeof start === "string") {
    return { version: rv, after: start };
  }
  throw wrong("encoded start key");
}

const expired = (token: Token, version: number): StatusError =>
  new StatusError(
    410,
    "Expired",
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    undefined,
    { continue: encodeToken({ ...token, version }) },
  );

/**
 * A page of a collection in key order. A token names the last key of its page: an object that is
 * there throughout is listed exactly once. The content is that of now, not of the first page. The
 * last page may be empty where a selector is given.
 */
function list(
  exchange: Exchange,
  store: Store,
  resource: Resource,
  namespace: string | undefined,
  nowMs: number,
): Answer {
  const { query } = exchange;
  const representation = representationOf(exchange, nowMs);
  const labelSelector = query.get("labelSelector") ?? "";
  const fieldSelector = query.get("fieldSelector") ?? "";
  const filter = parseFilter(labelSelector, fieldSelector, resource);
  const isSelected = labelSelector !== "" || fieldSelector !== "";
  const resourceVersion = query.get("resourceVersion") ?? "";
  // The watch cache answers version 0 and does not page.
  const limit = resourceVersion === "0" ? null : whole(query, "limit");
  const given = query.get("continue") ?? "";
  if (given !== "" && resourceVersion !== "" && resourceVersion !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  assertReached(query, store.version);
  const token = given === "" ? null : decodeToken(given);
  if (token !== null && store.since(resource, token.version) === null) {
    throw expired(token, store.version);
  }
  const version = token?.version ?? store.version;
  const found: KubeObject[] = [];
  let last = "";
  let left = 0;
  for (const [key, object] of store.list(resource, namespace, token?.after ?? null)) {
    if (limit !== null && limit > 0 && found.length === limit) {
      // Whether one of them is selected is not known: etcd has not been asked for it yet.
      left = store.countAfter(resource, namespace, last);
      break;
    }
    if (!filter(object)) continue;
    found.push(object);
    last = key;
  }
  const metadata: JsonRecord = {
    resourceVersion: String(version),
    ...(left === 0 ? {} : { continue: encodeToken({ version, after: last }) }),
    ...(left === 0 || isSelected ? {} : { remainingItemCount: left }),
  };
  return { code: 200, body: representList(found, resource, representation, metadata) };
}

/** Lists a collection, or watches it; undefined when it has become a stream. */
export function readCollection(
  exchange: Exchange,
  store: Store,
  resource: Resource,
  namespace: string | undefined,
  nowMs: number,
  closing: AbortSignal,
): Answer | undefined {
  const { query, response } = exchange;
  assertListOptions(query);
  if (!flag(query.get("watch"))) return list(exchange, store, resource, namespace, nowMs);
  assertWatchedVersion(query);
  const filter = parseFilter(
    query.get("labelSelector") ?? "",
    query.get("fieldSelector") ?? "",
    resource,
  );
  streamChanges(
    store,
    resource,
    response,
    {
      namespace,
      filter,
      representation: representationOf(exchange, nowMs),
      resourceVersion: query.get("resourceVersion") ?? "",
      timeoutSeconds: whole(query, "timeoutSeconds"),
      allowBookmarks: flag(query.get("allowWatchBookmarks")),
      sendInitialEvents: query.has("sendInitialEvents")
        ? flag(query.get("sendInitialEvents"))
        : null,
    },
    closing,
  );
  return undefined;
}
