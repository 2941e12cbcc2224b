import assert from "node:assert/strict";
import { WorkloadFound } from "../../../shared/events/scan.ts";
import type { DecisionRecord } from "../../../shared/events/decided.ts";
import type { Lab } from "./lab.ts";
import type { FreeRow, Manifest, Row } from "./row.ts";
import { readWritten, within } from "./written.ts";

/** What became of rows that were told. */
export type Played = {
  record: (row: Pick<Row, "namespace">) => DecisionRecord;
  /** Of a review that found nothing to do: it is logged, and no event. */
  reviewed: (row: Pick<Row, "namespace">) => { kind: string; reason: string };
  /** All that an action may write to, before the last thing that was told of it and at the end. */
  written: (row: Pick<Row, "namespace">) => { before: Manifest[]; after: Manifest[] };
};

/** Tells of all rows side by side, and waits until everything that follows from it is over. */
export async function play(
  lab: Lab,
  rows: readonly Row[],
  free: readonly FreeRow[],
): Promise<Played> {
  const all = [...rows, ...free];
  const records = new Map<string, DecisionRecord>();
  const reviews = new Map<string, { kind: string; reason: string }>();

  const first = async ({ namespace }: Row) => {
    await lab.tell(`first ${namespace}`, await lab.podOf(namespace));
    const record = await lab.decided(`first ${namespace}`);
    assert.equal(record.outcome, "act", JSON.stringify(record.alternatives));
    await lab.settled(record.id);
  };
  const tell = async (row: Row | FreeRow) => {
    const { namespace } = row;
    if (!row.isReview) {
      records.set(namespace, await tellLoad(lab, row));
      return;
    }
    await review(lab, namespace);
    if ("code" in row) reviews.set(namespace, await lab.logged(namespace));
    else records.set(namespace, await lab.decided(namespace));
  };
  await Promise.all(rows.filter(({ isSecond }) => isSecond).map(first));
  const before = await readWritten(lab);
  await Promise.all(all.map(tell));
  const acted = [...records.values()].filter(({ outcome }) => outcome === "act");
  await Promise.all(acted.map(({ id }) => lab.settled(id)));
  const after = await readWritten(lab);

  const found = <T>(known: ReadonlyMap<string, T>, namespace: string): T => {
    const one = known.get(namespace);
    assert.ok(one, `nothing was told of ${namespace}`);
    return one;
  };
  return {
    record: ({ namespace }) => found(records, namespace),
    reviewed: ({ namespace }) => found(reviews, namespace),
    written: ({ namespace }) => ({
      before: within(before, namespace),
      after: within(after, namespace),
    }),
  };
}

/** An alert does not wait long for the list of all pods: it is there for those that come later. */
const MAX_TELLS = 10;

async function tellLoad(
  lab: Lab,
  { namespace, action, load, isFallback }: Row | FreeRow,
): Promise<DecisionRecord> {
  const pod = await lab.podOf(namespace);
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? namespace : `${namespace} ${count}`;
    await lab.tell(id, pod, load);
    const record = await lab.decided(id, isFallback === true ? 1 : 0);
    const isUnread = record.inputs.surroundings?.otherNodesFree === null;
    const isNeeded = action === "scale-out" || action === "patch-owner";
    if (!isUnread || !isNeeded || record.outcome !== "keep" || count === MAX_TELLS) return record;
  }
}

/** As label-scan tells of a workload that it has found. */
async function review(lab: Lab, namespace: string): Promise<void> {
  const data = { kind: "Deployment", namespace, name: "app", slaClass: "silver", pods: 1 };
  await lab.post(WorkloadFound.type, namespace, data, { strategy: "cluster-zone" });
}
