import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePercent, readPercent } from "../../../functions/alert-source/percent.ts";

describe("parsePercent", () => {
  const cases: [text: string, isRatio: boolean, percent: number | null][] = [
    ["92", false, 92],
    ["92%", false, 92],
    [" 92 % ", false, 92],
    ["92.5", false, 92.5],
    ["9.25e+01", false, 92.5],
    ["0", false, 0],
    ["130", false, 130],
    ["0.92", false, 0.92],
    ["0.92", true, 92],
    ["0.9213", true, 92.13],
    ["92%", true, 92],
    ["1.2", true, 120],
    ["", false, null],
    ["-3", false, null],
    ["NaN", false, null],
    ["+Inf", false, null],
    ["1e309", false, null],
    ["0x5c", false, null],
    ["92 percent", false, null],
    ["92; rm -rf /", false, null],
    ["{{ $value }}", false, null],
  ];
  for (const [text, isRatio, percent] of cases) {
    it(`reads ${JSON.stringify(text)}${isRatio ? " as a ratio" : ""} as ${percent}`, () => {
      assert.equal(parsePercent(text, isRatio), percent);
    });
  }

  it("gives null or a finite number from 0 up for every text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String)), fc.boolean(), (text, isRatio) => {
        const percent = parsePercent(text, isRatio);
        assert.ok(percent === null || (Number.isFinite(percent) && percent >= 0));
      }),
    );
  });
});

describe("readPercent", () => {
  it("takes the plainest annotation first and the label value last", () => {
    assert.deepEqual(readPercent({ value: "1" }, { value: "2", ratio: "0.3", percent: "4" }), {
      percent: 4,
    });
    assert.deepEqual(readPercent({ value: "1" }, { value: "2", ratio: "0.3" }), { percent: 30 });
    assert.deepEqual(readPercent({ value: "1" }, {}), { percent: 1 });
  });

  it("passes over nonsense", () => {
    assert.deepEqual(readPercent({}, { percent: "lots", cpu_usage: "71" }), { percent: 71 });
  });

  it("says what it could not read", () => {
    assert.deepEqual(readPercent({}, { value: "NaN" }), {
      percent: null,
      note: 'annotation value: "NaN" is no percent',
    });
    assert.match(readPercent({}, {}).note ?? "", /^none of percent, ratio/);
  });
});
