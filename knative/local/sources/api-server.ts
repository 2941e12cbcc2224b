import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import type { Login } from "../../../shared/kube/login.ts";
import type { CloudEvent } from "../broker/cloud-event.ts";
import { compileFilters } from "../broker/filter/compile.ts";
import type { ApiServerSource } from "../manifests/api-server-source.ts";
import { selectorText } from "../../../shared/kube/label-selector.ts";
import { type Collection, collectionsOf } from "./collections.ts";
import { getJson, WatchError, type WatchLine, watchLines } from "./kube-watch.ts";
import { changeEvent, isOwned, sentEvent, type WatchedObject } from "./resource-event.ts";
import { assertMayGet } from "./permissions.ts";
import { sendWithRetries } from "./send-event.ts";

/** After a fault the watch starts anew this much later, twice as late each time, up to the most. */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;

export type ApiServerOptions = {
  /** Of the service account: its RBAC says what may be watched. */
  login: () => Promise<Login>;
  send: (event: CloudEvent) => Promise<number>;
  /**
   * How it goes, once until it is otherwise: null when everything is watched, else what does not
   * work and is tried again.
   */
  onState: (fault: string | null) => void;
  /** An event that did not get through, after its retries; it is lost, as on a cluster. */
  onLost: (reason: string) => void;
};

type Watched = ApiServerSource["resources"][number];

const List = z.object({ metadata: z.object({ resourceVersion: z.string() }) });
const Versioned = z.looseObject({
  metadata: z.looseObject({ name: z.string().default(""), resourceVersion: z.string() }),
});

/**
 * Watches what an ApiServerSource names and sends an event for each change. What is there already
 * gives none, and neither does what changes while a watch has to start anew (410), as on Knative.
 * Namespaces are selected when the watch starts.
 */
export function createApiServerSource(
  source: ApiServerSource,
  options: ApiServerOptions,
): { close(): void } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const filter = compileFilters({ filters: source.filters, attributes: null });
  /** What each resource is about: null is watched; what is not in here has not begun. */
  const states = new Map<Watched, string | null>();
  let stateBefore: string | null | undefined;

  function tell(watched: Watched, fault: string | null): void {
    states.set(watched, fault);
    const isWatching = states.size === source.resources.length;
    const state =
      [...states.values()].find((one) => one !== null) ?? (isWatching ? null : undefined);
    if (state === undefined || state === stateBefore) return;
    stateBefore = state;
    options.onState(state);
  }

  async function run(watched: Watched): Promise<void> {
    for (let faults = 0; !signal.aborted;) {
      const startedMs = performance.now();
      try {
        const login = await options.login();
        const collections = await collectionsOf(login, source, watched, signal);
        const starts = await Promise.all(
          collections.map(async (one) => ({ ...one, from: await versionOf(login, watched, one) })),
        );
        await assertMayGet(login, source, collections, signal);
        tell(watched, null);
        const ended = new AbortController();
        const both = AbortSignal.any([signal, ended.signal]);
        // One that fails ends the others: they start together again.
        await Promise.all(
          starts.map((one) =>
            follow(login, watched, one, both).catch((error: unknown) => {
              ended.abort(error);
              throw error;
            }),
          ),
        );
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof WatchError && error.status === 410) continue;
        const message = `${watched.kind} (${watched.apiVersion}): ${(error as Error).message}`;
        tell(watched, message);
        faults = performance.now() - startedMs > MAX_PAUSE_MS ? 0 : faults;
        const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** faults);
        faults += 1;
        await wait(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async function versionOf(login: Login, watched: Watched, { path }: Collection): Promise<string> {
    const first = new URLSearchParams([...selected(watched), ["limit", "1"]]).toString();
    const { metadata } = List.parse(await getJson(login, `${path}?${first}`, signal));
    return metadata.resourceVersion;
  }

  async function follow(
    login: Login,
    watched: Watched,
    { path, plural, from }: Collection & { from: string },
    until: AbortSignal,
  ): Promise<void> {
    const { apiVersion, kind } = watched;
    for (let resourceVersion = from; ;) {
      const more: [string, string][] = [
        ["watch", "true"],
        ["allowWatchBookmarks", "true"],
        ["resourceVersion", resourceVersion],
      ];
      const watching = new URLSearchParams([...selected(watched), ...more]).toString();
      try {
        for await (const line of watchLines(login, `${path}?${watching}`, until)) {
          const object = changedObject(line);
          resourceVersion = object.metadata.resourceVersion;
          if (line.type === "BOOKMARK" || line.type === "ERROR" || !isOwned(source, object))
            continue;
          const change = { type: line.type, object, apiVersion, kind, plural };
          const changed = changeEvent(source, serverOf(login), change);
          if (filter(changed) === "fail") continue;
          const stamp = { id: randomUUID(), time: new Date() };
          const event = sentEvent(changed, source, stamp);
          const lost = await sendWithRetries(() => options.send(event), until);
          if (lost !== null) options.onLost(lost);
        }
      } catch (error) {
        // A connection that breaks is taken up where it was; the server remembers.
        if (until.aborted || !(error instanceof Error && "code" in error)) throw error;
      }
    }
  }

  // The only way to end is to be stopped.
  for (const watched of source.resources) void run(watched);
  return { close: () => stopping.abort() };
}

function selected({ selector }: Watched): URLSearchParams {
  const labelSelector = selector === undefined ? "" : selectorText(selector);
  return new URLSearchParams(labelSelector === "" ? {} : { labelSelector });
}

/** @throws WatchError when the server says that the watch cannot go on. */
function changedObject({ type, object }: WatchLine): z.output<typeof Versioned> & WatchedObject {
  if (type !== "ERROR") return Versioned.parse(object) as ReturnType<typeof changedObject>;
  const status = z.object({ code: z.number(), message: z.string() }).safeParse(object);
  const { code, message } = status.data ?? { code: 0, message: "the watch ended with an error" };
  throw new WatchError(code, message);
}

const serverOf = ({ server }: Login): string => server.href.replace(/\/+$/, "");
