import type { ServerResponse } from "node:http";
import type { JsonRecord, KubeObject } from "./kube-object.ts";
import { representChange } from "./represent.ts";
import type { Representation } from "./represent.ts";
import { apiVersionOf } from "./resource.ts";
import type { Resource } from "./resource.ts";
import type { ObjectFilter } from "./selectors.ts";
import { StatusError } from "./status-error.ts";
import type { Change } from "./change-feed.ts";
import type { Store } from "./store.ts";

/** kube-apiserver bookmarks about once a minute. */
const bookmarkMs = 60_000;
/** kube-apiserver ends a watch after 30–60 minutes when the client does not say. */
const defaultTimeoutSeconds = 1800;
/** A client that does not read is cut off when this much waits for it. */
const maxBufferedBytes = 64 * 2 ** 20;

export type WatchOptions = {
  namespace: string | undefined;
  filter: ObjectFilter;
  representation: Representation;
  /** "" and "0" send what is there first. */
  resourceVersion: string;
  timeoutSeconds: number | null;
  allowBookmarks: boolean;
  /** Watch-list: what is there, then a bookmark that says so; null when not asked for. */
  sendInitialEvents: boolean | null;
};

/** An object that moves in or out of the selection is added or deleted for this watch. */
function typeFor({ type, object, previous }: Change, filter: ObjectFilter): Change["type"] | null {
  const now = type !== "DELETED" && filter(object);
  const before = previous !== undefined && filter(previous);
  if (now) return before ? "MODIFIED" : "ADDED";
  return before ? "DELETED" : null;
}

/** @throws StatusError 410 when `resourceVersion` is older than the store remembers. */
function backlog(store: Store, resource: Resource, resourceVersion: string): Change[] {
  const version = /^\d{1,15}$/.test(resourceVersion) ? Number(resourceVersion) : Number.NaN;
  if (Number.isNaN(version)) {
    throw new StatusError(400, "BadRequest", `invalid resource version "${resourceVersion}"`);
  }
  const changes = store.since(resource, version);
  if (changes === null) {
    throw new StatusError(
      410,
      "Expired",
      `too old resource version: ${resourceVersion} (${store.version})`,
    );
  }
  return changes;
}

/**
 * Streams changes, one JSON object per line, until the client goes, the time is over or `closing`
 * fires. A version that is forgotten gives an ERROR event with a 410 Status.
 */
export function streamChanges(
  store: Store,
  resource: Resource,
  response: ServerResponse,
  options: WatchOptions,
  closing: AbortSignal,
): void {
  const { filter, representation, namespace } = options;
  response.writeHead(200, {
    "content-type": "application/json",
    "cache-control": "no-cache, private",
  });
  response.flushHeaders();
  let first = true;
  const write = (type: string, object: unknown): void => {
    response.write(`${JSON.stringify({ type, object })}\n`);
    if (response.writableLength > maxBufferedBytes) response.destroy();
  };
  const send = (type: string, object: KubeObject): void => {
    write(type, representChange(object, resource, representation, first));
    first = false;
  };
  const bookmark = (annotations?: Record<string, string>): void => {
    const metadata: JsonRecord = {
      resourceVersion: String(store.version),
      creationTimestamp: null,
      ...(annotations === undefined ? {} : { annotations }),
    };
    const empty: KubeObject = {
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata: { ...metadata, name: "" },
    };
    if (representation.form === "table") {
      write("BOOKMARK", {
        kind: "Table",
        apiVersion: "meta.k8s.io/v1",
        metadata: { resourceVersion: String(store.version) },
        columnDefinitions: null,
        rows: [],
      });
    } else {
      const shape =
        representation.form === "metadata"
          ? { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1" }
          : { kind: empty.kind, apiVersion: empty.apiVersion };
      write("BOOKMARK", { ...shape, metadata });
    }
  };
  const follow = (change: Change): void => {
    if (change.resource.storage !== resource.storage) return;
    if (namespace !== undefined && change.object.metadata.namespace !== namespace) return;
    const type = typeFor(change, filter);
    if (type !== null) send(type, change.object);
  };

  const { resourceVersion, sendInitialEvents } = options;
  const startsAnywhere = resourceVersion === "" || resourceVersion === "0";
  if (sendInitialEvents ?? startsAnywhere) {
    for (const [, object] of store.list(resource, namespace)) {
      if (filter(object)) send("ADDED", object);
    }
    if (sendInitialEvents === true && options.allowBookmarks) {
      bookmark({ "k8s.io/initial-events-end": "true" });
    }
  } else if (!startsAnywhere) {
    try {
      for (const change of backlog(store, resource, resourceVersion)) follow(change);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      response.end(`${JSON.stringify({ type: "ERROR", object: error.toStatus() })}\n`);
      return;
    }
  }
  const unsubscribe = store.subscribe(follow);
  const bookmarks = options.allowBookmarks ? setInterval(bookmark, bookmarkMs) : undefined;
  const end = (): void => {
    response.end();
  };
  const timer = setTimeout(end, (options.timeoutSeconds ?? defaultTimeoutSeconds) * 1000);
  closing.addEventListener("abort", end);
  response.on("close", () => {
    unsubscribe();
    clearInterval(bookmarks);
    clearTimeout(timer);
    closing.removeEventListener("abort", end);
  });
}
