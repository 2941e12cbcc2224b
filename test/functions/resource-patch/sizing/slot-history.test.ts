import assert from "node:assert/strict";
import fc from "fast-check";
import { percentileInPlace } from "../../../../functions/resource-patch/sizing/percentile.ts";
import {
  SLOTS_PER_DAY,
  SlotHistory,
} from "../../../../functions/resource-patch/sizing/slot-history.ts";

describe("sizing/slot-history", () => {
  it("keeps mean and peak of each five minutes", () => {
    const history = new SlotHistory();
    for (const [at, amount] of [
      [0, 1],
      [60, 5],
      [299, 3],
      [300, 10],
    ] as const) {
      history.add(at, amount);
    }
    assert.equal(history.mean(0, 1), 3);
    assert.equal(history.peak(0, 1), 5);
    assert.equal(history.mean(0, 2), 6.5);
    assert.deepEqual([...history.peaks([[0, 2]])], [5, 10]);
  });

  it("knows nothing of slots without samples, before its start and after a gap", () => {
    const history = new SlotHistory();
    history.add(1200, 4);
    assert.equal(history.mean(-10, 4), null);
    assert.equal(history.peak(-10, 4), 0);
    assert.equal(history.filled(-10, 10), 1);
    assert.deepEqual([...history.peaks([[-10, 10]])], [4]);
  });

  it("forgets what is eight days old, and takes nothing older than that", () => {
    const history = new SlotHistory();
    history.add(0, 7);
    history.add(8 * 86_400, 1);
    history.add(10, 9);
    assert.equal(history.peak(0, 8 * SLOTS_PER_DAY + 1), 1);
  });

  it("has the same peak whatever the order within eight days", () => {
    // Millicores or bytes: what is smaller than a thousandth is no amount of either.
    const anyAmount = fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e6, noNaN: true }));
    const samples = fc.array(fc.record({ at: fc.nat(600_000), amount: anyAmount }), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(samples, (drawn) => {
        const there = new SlotHistory();
        const back = new SlotHistory();
        for (const { at, amount } of drawn) there.add(at, amount);
        for (const { at, amount } of drawn.toReversed()) back.add(at, amount);
        assert.equal(there.peak(0, 2001), back.peak(0, 2001));
        assert.equal(
          there.peak(0, 2001),
          drawn.reduce((most, { amount }) => Math.max(most, amount), 0),
        );
      }),
    );
  });
});

describe("sizing/percentile", () => {
  const cases = [
    { values: [], percentile: 90, wanted: 0 },
    { values: [3], percentile: 50, wanted: 3 },
    { values: [4, 1, 3, 2], percentile: 50, wanted: 2 },
    { values: [4, 1, 3, 2], percentile: 75, wanted: 3 },
    { values: [4, 1, 3, 2], percentile: 76, wanted: 4 },
    { values: [4, 1, 3, 2], percentile: 100, wanted: 4 },
  ];
  for (const { values, percentile, wanted } of cases) {
    it(`p${percentile} of [${values.join(", ")}] is ${wanted}`, () => {
      assert.equal(percentileInPlace(Float64Array.from(values), percentile), wanted);
    });
  }

  it("is monotone in the percentile, and always one of the values", () => {
    const values = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 });
    const percentile = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(values, percentile, percentile, (drawn, a, b) => {
        const at = (each: number): number => percentileInPlace(Float64Array.from(drawn), each);
        assert.ok(at(Math.min(a, b)) <= at(Math.max(a, b)));
        assert.ok(drawn.includes(at(a)));
      }),
    );
  });
});
