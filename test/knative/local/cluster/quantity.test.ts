import assert from "node:assert/strict";
import fc from "fast-check";
import { humanDuration } from "../../../../knative/local/cluster/duration.ts";
import {
  parseCpuMillis,
  parseMemoryBytes,
  parseQuantity,
} from "../../../../knative/local/cluster/quantity.ts";
import { formatCpuMillis, formatMemoryBytes } from "../../../../shared/quantity.ts";
import { SortedKeys } from "../../../../knative/local/cluster/sorted-keys.ts";

describe("quantities", () => {
  it("reads every suffix", () => {
    assert.equal(parseCpuMillis("250m"), 250);
    assert.equal(parseCpuMillis("1.5"), 1500);
    assert.equal(parseCpuMillis("1n"), 1);
    assert.equal(parseMemoryBytes("1.5Gi"), 1_610_612_736);
    assert.equal(parseMemoryBytes("1e3"), 1000);
    assert.equal(parseMemoryBytes("128M"), 128_000_000);
    assert.equal(parseMemoryBytes("8Ei"), 8 * 2 ** 60, "more than can be counted exactly");
  });
  it("answers null to what is no quantity", () => {
    for (const text of ["", "x", "1 Gi", "1Gib", "--1", null, {}])
      assert.equal(parseQuantity(text), null);
  });
  it("reads back what it writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (value) => {
        assert.equal(parseCpuMillis(formatCpuMillis(value)), value);
        assert.equal(parseMemoryBytes(formatMemoryBytes(value)), value);
      }),
    );
  });
});

describe("humanDuration", () => {
  const table: [number, string][] = [
    [0, "0s"],
    [119_000, "119s"],
    [125_000, "2m5s"],
    [600_000, "10m"],
    [7_200_000, "120m"],
    [11_100_000, "3h5m"],
    [36_000_000, "10h"],
    [259_200_000, "3d"],
    [277_200_000, "3d5h"],
    [864_000_000, "10d"],
  ];
  for (const [ms, text] of table)
    it(`shows ${ms} ms as ${text}`, () => assert.equal(humanDuration(ms), text));
});

describe("SortedKeys", () => {
  it("keeps its order, and resumes after any key", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.string(), (list, after) => {
        const keys = new SortedKeys();
        for (const key of list) keys.add(key);
        const sorted = list.toSorted((a, b) => (a < b ? -1 : 1));
        assert.deepEqual([...keys.after("", null)], sorted);
        assert.deepEqual(
          [...keys.after("", after)],
          sorted.filter((key) => key > after),
        );
      }),
    );
  });
});
