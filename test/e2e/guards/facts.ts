import assert from "node:assert/strict";
import type { Played } from "./play.ts";
import type { FreeRow, HeldRow, Manifest, Row } from "./row.ts";

/** One fact for each row: what forbade it, and that nothing was written. */
export function itForbids(rows: readonly Row[], played: () => Played): void {
  for (const row of rows) {
    const { code, about, action, reason, beside = [] } = row;
    it(`${code} forbids ${action}${about === undefined ? "" : ` (${about})`}`, () => {
      const { record, reviewed, written } = played();
      const { before, after } = written(row);
      if (row.isReview) {
        assert.equal(reviewed(row).kind, "keep");
        assert.match(reviewed(row).reason, reason);
      } else {
        const { alternatives, chosen, outcome } = record(row);
        const shown = JSON.stringify(alternatives, null, 1);
        const hits = alternatives.find((each) => each.action === action)?.guards;
        const codes = hits?.map((hit) => hit.code).filter((each) => !beside.includes(each));
        assert.deepEqual(codes, [code], shown);
        assert.match(hits?.find((hit) => hit.code === code)?.reason ?? "", reason);
        assert.deepEqual([chosen, outcome], ["keep", "keep"], shown);
      }
      assert.ok(before.length > 0);
      // What was tried before has left its mark on the pod, and nothing else.
      if (row.isFallback) assert.deepEqual(after.map(wanted), before.map(wanted));
      else assert.deepEqual(after, before);
    });
  }
}

/** The other side: the same without an obstacle is done. */
export function itAllows(rows: readonly FreeRow[], played: () => Played): void {
  for (const row of rows) {
    it(`nothing forbids ${row.about}`, () => {
      const { record, written } = played();
      const { alternatives, chosen, outcome } = record(row);
      const shown = JSON.stringify(alternatives, null, 1);
      assert.deepEqual([chosen, outcome], [row.action, "act"], shown);
      const { before, after } = written(row);
      assert.notDeepEqual(after.map(wanted), before.map(wanted));
      if (row.changed === undefined) return;
      const { changes = [] } = alternatives.find(({ action }) => action === chosen) ?? {};
      assert.deepEqual(
        changes.map(({ kind, container }) => `${kind} ${container}`),
        row.changed,
      );
    });
  }
}

/** What nothing forbids is chosen, and is not done all the same. */
export function itHolds(rows: readonly HeldRow[], played: () => Played): void {
  for (const row of rows) {
    it(`${row.about} leaves ${row.action} to somebody`, () => {
      const { record, written } = played();
      const { chosen, outcome } = record(row);
      assert.deepEqual([chosen, outcome], [row.action, row.outcome]);
      const { before, after } = written(row);
      assert.deepEqual(after.map(wanted), before.map(wanted));
    });
  }
}

/** What is asked for, without what is said of it. */
function wanted({ kind, metadata: { name }, spec }: Manifest) {
  return { kind, name, spec };
}
