import type { LiveCluster } from "./cluster.ts";
import type { Readiness, Shown } from "./readiness.ts";

type Named = { namespace: string; name: string };

/** How ready everything is that runs here, kept up in the simulated cluster. */
export type ReadinessBoard = {
  /** Shows these; what has been told of one of them counts more. */
  showAll(shown: readonly Shown[]): void;
  /** How an object is from now on. */
  tell(kind: string, object: Named, ready: Readiness): void;
  /** What was told of an object is about one that is no more. */
  forget(kind: string, object: Named): void;
};

/** `cluster`: null for a real one, which has controllers of its own. */
export function createReadinessBoard(cluster: Pick<LiveCluster, "show"> | null): ReadinessBoard {
  const told = new Map<string, Readiness>();
  let all = new Map<string, Shown>();
  return {
    showAll(shown) {
      const now = shown.map((one) => {
        const key = keyOf(one.kind, one);
        return [key, { ...one, ready: told.get(key) ?? one.ready }] as const;
      });
      all = new Map(now);
      for (const key of told.keys()) if (!all.has(key)) told.delete(key);
      cluster?.show([...all.values()]);
    },
    tell(kind, object, ready) {
      const key = keyOf(kind, object);
      told.set(key, ready);
      const known = all.get(key);
      if (known !== undefined) cluster?.show([{ ...known, ready }]);
    },
    forget: (kind, object) => void told.delete(keyOf(kind, object)),
  };
}

const keyOf = (kind: string, { namespace, name }: Named): string => `${kind}/${namespace}/${name}`;
