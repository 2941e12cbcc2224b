import assert from "node:assert/strict";
import { scoreOf } from "../../../bench/decisions/score.ts";
import type { Row } from "../../../bench/decisions/trace.ts";

function row(change: Partial<Row> = {}): Row {
  return {
    trace: "one",
    costCpu: 100,
    costMem: null,
    overReq: 2,
    unmet: 0,
    oomSteps: 0,
    changesPerDay: 3,
    maxChangesDay: 9,
    ...change,
  };
}

describe("bench/decisions/score", () => {
  it("takes the geometric mean of the ratios, and names the worst trace", () => {
    const ours = [row({ costCpu: 50 }), row({ trace: "two", costCpu: 200 })];
    const score = scoreOf(ours, [row(), row({ trace: "two" })]);
    assert.ok(Math.abs(score.cpuRatio - 1) < 1e-12);
    assert.equal(score.worstCpuRatio, 2);
    assert.equal(score.worstTrace, "two");
    assert.equal(score.memoryRatio, null);
  });

  it("compares memory where there is memory, and kills trace by trace", () => {
    const ours = [row({ costMem: 40, oomSteps: 2 }), row({ trace: "two", oomSteps: 1 })];
    const score = scoreOf(ours, [row({ costMem: 80, oomSteps: 5 }), row({ trace: "two" })]);
    assert.equal(score.memoryRatio, 0.5);
    assert.deepEqual([score.oomSteps, score.referenceOomSteps], [3, 5]);
    assert.deepEqual(score.moreOom, ["two 1/0"]);
  });

  it("takes medians of time over the request and of changes, and the most of what is capped", () => {
    const ours = [
      row({ overReq: 1, changesPerDay: 2, maxChangesDay: 20, unmet: 0.3 }),
      row({ overReq: 3, changesPerDay: 4 }),
      row({ overReq: 9, changesPerDay: 11 }),
    ];
    const score = scoreOf(ours, [row({ unmet: 0.1 }), row(), row()]);
    assert.equal(score.overRequest, 3);
    assert.equal(score.changesPerDay, 4);
    assert.equal(score.mostChangesPerDay, 11);
    assert.equal(score.worstDay, 20);
    assert.ok(Math.abs(score.unmetAbove - 0.2) < 1e-12);
  });
});
