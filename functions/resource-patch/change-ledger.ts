import type { KubeClient } from "../../shared/kube/client.ts";
import { KubeError } from "../../shared/kube/error.ts";
import { pathSegment } from "../../shared/kube/path.ts";
import type { Recent } from "../../shared/kube/recent.ts";

/** Counts the changes of all workloads in the last hour, across processes. */
export type ChangeLedger = {
  /** Those of other decisions than `exceptId`; null when it is not known. At most a second old. */
  lastHour(nowMs: number, exceptId: string): Promise<number | null>;
  /**
   * Enters a decision before its change is written, once however often it is asked.
   * @returns whether it is among the first `most` of its hour; true as well when nobody counts.
   */
  enter(decisionId: string, nowMs: number, most: number): Promise<boolean>;
  /** Takes back an entry of which nothing was written. */
  leave(decisionId: string): Promise<void>;
};

type ConfigMap = { data?: Record<string, string> };

const HOUR_MS = 3_600_000;

/** Counts nothing: where no ConfigMap is named. */
const NOBODY: ChangeLedger = {
  lastHour: () => Promise.resolve(null),
  enter: () => Promise.resolve(true),
  leave: () => Promise.resolve(),
};

/**
 * Keeps one key for each decision in a ConfigMap of the client's own namespace, with its time in
 * milliseconds. Each write adds one key and forgets those of an hour ago, so that writers at the
 * same time do not meet; its answer says who else is there. The object must exist: the function may
 * get and patch that one object, and create none.
 */
export function createChangeLedger(
  kube: KubeClient,
  recent: Recent,
  configMapName: string | undefined,
): ChangeLedger {
  if (configMapName === undefined) return NOBODY;
  const segment = pathSegment(configMapName);
  const path = (): string =>
    `/api/v1/namespaces/${pathSegment(kube.namespace)}/configmaps/${segment}`;
  const read = () => orNull(kube.request<ConfigMap>({ method: "GET", path: path() }));
  const write = (data: Record<string, string | null>) =>
    orNull(
      kube.request<ConfigMap>({
        method: "PATCH",
        path: path(),
        query: { fieldManager: "vigie" },
        contentType: "application/merge-patch+json",
        body: { data },
      }),
    );
  let isOver: string[] = [];
  return {
    async lastHour(nowMs, exceptId) {
      const found = await recent.read("change ledger", read);
      if (found === null) return null;
      isOver = entriesOf(found)
        .filter(({ atMs }) => atMs <= nowMs - HOUR_MS)
        .map(({ id }) => id);
      return within(found, nowMs).filter(({ id }) => id !== exceptId).length;
    },

    async enter(decisionId, nowMs, most) {
      const old = isOver.filter((id) => id !== decisionId);
      isOver = [];
      const known = (await recent.read("change ledger", read))?.data?.[decisionId];
      const after = await write({
        ...Object.fromEntries(old.map((id) => [id, null])),
        // Its place in the hour is that of its first delivery.
        [decisionId]: known ?? String(nowMs),
      });
      if (after === null) return true;
      const ahead = within(after, nowMs).toSorted(
        (a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1),
      );
      return ahead.findIndex(({ id }) => id === decisionId) < most;
    },

    async leave(decisionId) {
      await write({ [decisionId]: null });
    },
  };
}

function entriesOf({ data = {} }: ConfigMap): { id: string; atMs: number }[] {
  return Object.entries(data).map(([id, at]) => ({ id, atMs: /^\d{1,15}$/.test(at) ? +at : 0 }));
}

function within(configMap: ConfigMap, nowMs: number): { id: string; atMs: number }[] {
  return entriesOf(configMap).filter(({ atMs }) => atMs > nowMs - HOUR_MS);
}

/** null where there is no such object, or no right to it: then nobody counts. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof KubeError && [403, 404].includes(error.httpStatus)) return null;
    throw error;
  }
}
