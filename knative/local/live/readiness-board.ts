import type { LiveCluster } from "./cluster.ts";
import type { Readiness, Shown } from "./readiness.ts";

type Named = { namespace: string; name: string };

/** As `GET /` shows it. */
export type NotReadyObject = {
  kind: string;
  namespace: string;
  name: string;
  reason: string;
  message: string;
};

/** How ready everything is that runs here, kept up in the simulated cluster. */
export type ReadinessBoard = {
  /** Shows these; what has been told of one of them counts more. */
  showAll(shown: readonly Shown[]): void;
  /** How an object is from now on. */
  tell(kind: string, object: Named, ready: Readiness): void;
  /** What was told of an object is about one that is no more. */
  forget(kind: string, object: Named): void;
  /** Everything that is not, with why. What is not known yet is left out. */
  notReady(): NotReadyObject[];
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
    notReady() {
      return [...all].flatMap(([key, { kind, namespace, name, ready: shown }]) => {
        const ready = told.get(key) ?? shown;
        if (ready.status !== "False") return [];
        return [{ kind, namespace, name, reason: ready.reason, message: ready.message }];
      });
    },
  };
}

const keyOf = (kind: string, { namespace, name }: Named): string => `${kind}/${namespace}/${name}`;
