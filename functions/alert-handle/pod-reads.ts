import type { KubeClient } from "../../shared/kube/client.ts";
import { listPodMetadata, type PodMetadata, readPodMetadata } from "../../shared/kube/pods.ts";

/** A pod, and whether it was read for this very question. */
export type PodRead = { pod: PodMetadata; isLive: boolean };

/** Finds the pods of alerts. */
export type PodReads = {
  /**
   * In a storm from a list of its namespace that is at most 2 s old: only for what ends in a write,
   * which its resourceVersion guards. Each pod of a list is given once.
   * @throws KubeError 404 when there is no such pod.
   */
  read(namespace: string, name: string): Promise<PodRead>;
  /** @throws KubeError 404 when there is no such pod. */
  readLive(namespace: string, name: string): Promise<PodRead>;
};

/** More reads of one namespace than these within the time make a storm: a list costs as much as few of them. */
const STORM_READS = 8;
const STORM_MS = 250;
/** What happened to a pod since then shows as a conflict, and it is read again. */
const KEEP_MS = 2_000;

type Listed = { pods: Promise<Map<string, PodMetadata>>; untilMs: number };

export function createPodReads(
  kube: KubeClient,
  now: () => number = () => performance.now(),
): PodReads {
  const counts = new Map<string, { sinceMs: number; reads: number }>();
  const lists = new Map<string, Listed>();

  async function readLive(namespace: string, name: string): Promise<PodRead> {
    return { pod: await readPodMetadata(kube, namespace, name), isLive: true };
  }

  function isStorm(namespace: string, nowMs: number): boolean {
    const count = counts.get(namespace);
    if (count !== undefined && nowMs - count.sinceMs < STORM_MS) {
      count.reads += 1;
      return count.reads > STORM_READS;
    }
    for (const [known, { sinceMs }] of counts) {
      if (nowMs - sinceMs >= STORM_MS) counts.delete(known);
    }
    counts.set(namespace, { sinceMs: nowMs, reads: 1 });
    return false;
  }

  function listOf(namespace: string): Listed | null {
    const nowMs = now();
    for (const [known, { untilMs }] of lists) if (untilMs <= nowMs) lists.delete(known);
    const known = lists.get(namespace);
    if (known !== undefined) return known;
    if (!isStorm(namespace, nowMs)) return null;
    // Who may not list reads one by one, and is refused once in 2 s.
    const pods = listPodMetadata(kube, namespace).catch(() => new Map<string, PodMetadata>());
    const list: Listed = { pods, untilMs: Infinity };
    lists.set(namespace, list);
    void pods.then(() => {
      list.untilMs = now() + KEEP_MS;
    });
    return list;
  }

  return {
    readLive,
    async read(namespace, name) {
      const list = listOf(namespace);
      if (list === null) return await readLive(namespace, name);
      const pods = await list.pods;
      const pod = pods.get(name);
      if (pod === undefined) return await readLive(namespace, name);
      pods.delete(name);
      return { pod, isLive: false };
    },
  };
}
