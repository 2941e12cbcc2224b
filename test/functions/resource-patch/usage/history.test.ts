import assert from "node:assert/strict";
import fc from "fast-check";
import { toHistory } from "../../../../functions/resource-patch/usage/history.ts";
import type { Series } from "../../../../functions/resource-patch/usage/matrix.ts";

const SLOT = 300;
const nowSeconds = 2_000_000 * SLOT;
const slot = nowSeconds / SLOT;
type Points = [number, string][];
const series = (stat: string, points: Points, container = "app"): Series => ({
  labels: { container, vigie_stat: stat },
  points,
});
const nothing = { cpu: [], memory: [], recent: [] };

describe("toHistory", () => {
  it("takes a point for the slot that ends there", () => {
    const cpu = [series("peak", [[nowSeconds, "30"]]), series("mean", [[nowSeconds, "20"]])];
    const history = toHistory({ ...nothing, cpu }, "app", null, nowSeconds);
    assert.equal(history.cpu.peak(slot - 1, slot), 30);
    assert.equal(history.cpu.mean(slot - 1, slot), 20);
    assert.equal(history.cpu.filled(slot - 9, slot + 9), 1);
  });

  it("takes a mean for the peak where there is no peak, and the other way round", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 40 }), (present) => {
        const at = (index: number) => nowSeconds - (present.length - 1 - index) * SLOT;
        const points = (which: 0 | 1, value: string): Points =>
          present.flatMap((has, index) => (has[which] ? [[at(index), value]] : []));
        const cpu = [series("peak", points(0, "9")), series("mean", points(1, "5"))];
        const history = toHistory({ ...nothing, cpu }, "app", null, nowSeconds);
        for (const [index, [hasPeak, hasMean]] of present.entries()) {
          const of = slot - present.length + index;
          assert.equal(history.cpu.peak(of, of + 1), hasPeak ? 9 : hasMean ? 5 : 0);
          assert.equal(history.cpu.mean(of, of + 1), hasMean ? 5 : hasPeak ? 9 : null);
        }
      }),
    );
  });

  it("keeps gaps, and takes what is no amount for one", () => {
    const bad: Points = ["NaN", "+Inf", "-1", "x"].map((text, index) => [
      nowSeconds - index * SLOT,
      text,
    ]);
    const cpu = [series("peak", bad.toReversed()), series("mean", bad.toReversed())];
    const recent = [series("cpu", bad), series("memory", [[nowSeconds, "NaN"]])];
    const history = toHistory({ cpu, memory: cpu, recent }, "app", null, nowSeconds);
    assert.equal(history.cpu.filled(0, slot + 1), 0);
    assert.equal(history.memory.filled(0, slot + 1), 0);
    assert.equal(history.nowMemoryBytes, null);
  });

  it("does not take the past for now", () => {
    const recent = [
      series("cpu", [[nowSeconds - 600, "70"]]),
      series("memory", [[nowSeconds - 60, "7"]]),
    ];
    const history = toHistory({ ...nothing, recent }, "app", null, nowSeconds);
    assert.equal(history.nowCpuMillis, null);
    assert.equal(history.nowMemoryBytes, 7);
  });

  it("knows the later of two kills, and none of another container", () => {
    const memory = [
      series("oom", [
        [nowSeconds - 3 * SLOT, "100"],
        [nowSeconds - SLOT, "200"],
      ]),
      series("oom", [[nowSeconds, "900"]], "other"),
    ];
    const told = (atSeconds: number) =>
      toHistory({ ...nothing, memory }, "app", { atSeconds, limitBytes: 300 }, nowSeconds).oomKill;
    assert.equal(told(nowSeconds - 10 * SLOT)?.limitBytes, 200);
    assert.equal(told(nowSeconds)?.limitBytes, 300);
    assert.equal(toHistory(nothing, "app", null, nowSeconds).oomKill, null);
  });
});
