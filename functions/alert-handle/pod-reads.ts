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

/** So many single reads of one namespace under way make a storm: one list costs as much as a few. */
const STORM_READS = 8;
/** What happened to a pod since then shows as a conflict, and it is read again. */
const KEEP_MS = 2_000;

type Listed = { pods: Promise<Map<string, PodMetadata>>; untilMs: number };

export function createPodReads(
  kube: KubeClient,
  now: () => number = () => performance.now(),
): PodReads {
  const single = new Map<string, number>();
  const lists = new Map<string, Listed>();

  async function readLive(namespace: string, name: string): Promise<PodRead> {
    const count = single.get(namespace) ?? 0;
    single.set(namespace, count + 1);
    try {
      return { pod: await readPodMetadata(kube, namespace, name), isLive: true };
    } finally {
      const left = (single.get(namespace) ?? 1) - 1;
      if (left > 0) single.set(namespace, left);
      else single.delete(namespace);
    }
  }

  function listOf(namespace: string): Listed | null {
    for (const [known, { untilMs }] of lists) if (untilMs <= now()) lists.delete(known);
    const known = lists.get(namespace);
    if (known !== undefined) return known;
    if ((single.get(namespace) ?? 0) < STORM_READS) return null;
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
      // No turn of the loop in between: the single reads under way must be counted.
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
