import type { Action } from "../../../shared/policy-words.ts";
import type { LoadClassified } from "../../../shared/events/load.ts";
import type * as z from "zod/mini";
import type { Lab } from "./lab.ts";

export type Load = Partial<
  Pick<z.infer<typeof LoadClassified.data>, "resource" | "percent" | "band" | "observedAt">
> & {
  podUid?: string;
};

/** An object as in a manifest. */
export type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string } & Record<string, unknown>;
} & Record<string, unknown>;

/** What one container of a workload uses, for as long as anybody remembers. */
export type Used = { cpuMillis: number; memoryBytes: number; volumeBytes?: number };

/** A namespace with one workload that something forbids to act on. */
export type Row = {
  code: string;
  /** The action it forbids; the namespace allows no other, unless the row says so itself. */
  action: Action;
  /** What of the code this is about, when it has several. */
  about?: string;
  /** The whole sentence. */
  reason: RegExp;
  /** Of everything in it; also its name in a failure. */
  namespace: string;
  objects: Manifest[];
  /** CPU at 92 % and high where it says nothing. */
  load?: Load;
  /** History says so; absent: nobody knows. */
  used?: Used;
  /** What has to happen first, once the cluster runs. */
  arrange?: (lab: Lab) => Promise<void>;
  /** Other guards that cannot but forbid it as well. */
  beside?: readonly string[];
  /** The load is told once before, and carried out. */
  isSecond?: boolean;
  /** What is decided first comes to nothing: this is about what is decided then. */
  isFallback?: boolean;
  /** A review tells of it, and no load. One that finds nothing to do is logged, and no event. */
  isReview?: boolean;
};

/** By namespace. */
export function usedIn(
  rows: readonly Pick<Row, "namespace" | "used">[],
): ReadonlyMap<string, Used> {
  return new Map(
    rows.flatMap(({ namespace, used }) => (used === undefined ? [] : [[namespace, used]])),
  );
}

/** A row without the obstacle: what is told of it changes something. */
export type FreeRow = Omit<Row, "code" | "reason" | "beside"> & {
  about: string;
  /** Whose sizes change, when it has more than one container. */
  changed?: readonly string[];
};

/** A row that nothing forbids, and that waits for somebody all the same. */
export type HeldRow = FreeRow & { outcome: "recommend" | "propose" };
