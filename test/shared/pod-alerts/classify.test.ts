import assert from "node:assert/strict";
import fc from "fast-check";
import { classify } from "../../../shared/pod-alerts/classify.ts";
import { Band } from "../../../shared/policy-schema.ts";

const bands = { moderatePercent: 33, highPercent: 66, hysteresisPercent: 3 };

describe("classify", () => {
  const cases: [percent: number | null, claim: Band | null, band: Band | null][] = [
    [0, null, "low"],
    [32.99, null, "low"],
    [33, null, "moderate"],
    [65.99, null, "moderate"],
    [66, null, "high"],
    [100.01, null, "high"],
    [1e300, "low", "high"],
    [10, "high", "low"],
    [64, "high", "high"],
    [63, "high", "high"],
    [62.99, "high", "moderate"],
    [68.99, "moderate", "moderate"],
    [69, "moderate", "high"],
    [30, "moderate", "moderate"],
    [35.99, "low", "low"],
    [36, "low", "moderate"],
    [null, "high", "high"],
    [null, null, null],
  ];
  for (const [percent, claim, band] of cases) {
    it(`takes ${percent} % of an alert that claims ${claim} for ${band}`, () => {
      assert.equal(classify(claim, percent, bands), band);
    });
  }

  it("has a band for every number, and never falls when the load rises", () => {
    const percent = fc.double({ min: 0, noNaN: true });
    const claim = fc.constantFrom(null, ...Band.options);
    const rank = (band: Band | null) => Band.options.indexOf(band ?? "low");
    fc.assert(
      fc.property(percent, percent, claim, (a, b, named) => {
        const [lower, upper] = [Math.min(a, b), Math.max(a, b)];
        const [from, to] = [classify(named, lower, bands), classify(named, upper, bands)];
        assert.ok(from !== null && to !== null && rank(from) <= rank(to));
      }),
    );
  });
});
