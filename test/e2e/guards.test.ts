import assert from "node:assert/strict";
import { GUARDS } from "../../functions/resource-patch/guards.ts";
import { itAllows, itForbids, itHolds } from "./guards/facts.ts";
import { labPolicy, labScenario } from "./guards/lab-cluster.ts";
import { forge } from "./guards/forge.ts";
import { type Lab, startLab } from "./guards/lab.ts";
import { NEED_ROWS } from "./guards/need-rows.ts";
import { FREE_ROWS, HELD_ROWS, PERMISSION_ROWS } from "./guards/permission-rows.ts";
import { type Played, play } from "./guards/play.ts";
import { POD_ROWS } from "./guards/pod-rows.ts";
import { FREE_ROOM_ROWS, ROOM_ROWS } from "./guards/room-rows.ts";
import { type FreeRow, type Manifest, type Row, usedIn } from "./guards/row.ts";
import { FREE_SIZES_ROWS, SIZES_ROWS } from "./guards/sizes-rows.ts";
import { STAGES } from "./guards/stages.ts";
import { TIMING_ROWS } from "./guards/timing-rows.ts";
import { arrange } from "./guards/arrange.ts";
import { FREE_WORKLOAD_ROWS, WORKLOAD_ROWS } from "./guards/workload-rows.ts";
import { readWritten, within } from "./guards/written.ts";

const ROWS: readonly Row[] = [
  ...PERMISSION_ROWS,
  ...POD_ROWS,
  ...WORKLOAD_ROWS,
  ...NEED_ROWS,
  ...TIMING_ROWS,
  ...SIZES_ROWS,
  ...ROOM_ROWS,
];
const FREE: readonly FreeRow[] = [
  ...FREE_ROWS,
  ...FREE_WORKLOAD_ROWS,
  ...FREE_SIZES_ROWS,
  ...FREE_ROOM_ROWS,
];

/** Why no event can lead to them. */
const NEVER_BY_EVENT: ReadonlyMap<string, string> = new Map([
  [
    "ONLY_DEPLOYMENTS",
    "a review of another kind is skipped, in the same words, before anything is decided; the code is for situations that somebody writes (POST /decide)",
  ],
]);

describe("each guard, from an event to the object", function () {
  this.timeout(120_000);
  let lab: Lab;
  let played: Played;

  before(async () => {
    const stages = STAGES.flatMap(({ rows, free, held }) => [...rows, ...free, ...held]);
    const all = [...ROWS, ...FREE, ...HELD_ROWS, ...stages];
    const scenario = labScenario(all);
    lab = await startLab({ scenario, policy: labPolicy, used: usedIn(all) });
    await arrange(lab, [...ROWS, ...FREE]);
    played = await play(lab, ROWS, [...FREE, ...HELD_ROWS]);
  });
  after(() => lab?.close());

  describe("by itself", () => {
    itForbids(ROWS, () => played);
    itAllows(FREE, () => played);
    itHolds(HELD_ROWS, () => played);
  });

  describe("when a decision is posted that nobody made", () => {
    const answers = new Map<string, string>();
    let after: Manifest[];
    before(async () => {
      await Promise.all(
        ROWS.map(async (row) => {
          answers.set(row.namespace, await forge(lab, played.record(row), row.action));
        }),
      );
      after = await readWritten(lab);
    });

    for (const row of ROWS) {
      it(`still forbids ${row.action} in ${row.namespace}`, () => {
        assert.equal(answers.get(row.namespace), "dropped");
        assert.deepEqual(within(after, row.namespace), played.written(row).after);
      });
    }
  });

  for (const { about, policy, begin, end, rows, free, held } of STAGES) {
    describe(about, () => {
      let staged: Played;
      before(async () => {
        if (policy !== undefined) await lab.edit(policy);
        await begin?.(lab);
        await arrange(lab, [...rows, ...free]);
        staged = await play(lab, rows, [...free, ...held]);
        await end?.(lab);
      });
      itForbids(rows, () => staged);
      itAllows(free, () => staged);
      itHolds(held, () => staged);
    });
  }

  it("loses no event", () => assert.deepEqual(lab.deadLetters(), []));

  it("is among these facts, or no event can lead to it", () => {
    const rows = [...ROWS, ...STAGES.flatMap((stage) => stage.rows)];
    const shown = new Set(rows.map(({ code }) => code));
    const missing = GUARDS.map(({ code }) => code).filter((code) => !shown.has(code));
    assert.deepEqual([...new Set(missing)].sort(), [...NEVER_BY_EVENT.keys()].sort());
  });
});
