import assert from "node:assert/strict";
import {
  formatResized,
  formatReviews,
  parseResized,
  parseReviews,
} from "../../shared/review-labels.ts";
import { isValidLabelValue } from "../../shared/kube/path.ts";

describe("the labels by which changed pods are found", () => {
  it("read back what they were written from", () => {
    const reviews = new Map([
      ["memory", 1_763_720_300],
      ["cpu", 1_763_720_000],
    ] as const);
    const text = formatReviews(reviews);
    assert.equal(text, "cpu-1763720000_memory-1763720300");
    assert.ok(isValidLabelValue(text));
    assert.deepEqual(new Map([...parseReviews(text)].toReversed()), reviews);
    assert.equal(formatReviews(new Map()), null);
    assert.equal(formatResized(["memory", "cpu"]), "cpu_memory");
    assert.deepEqual(parseResized("cpu_memory"), ["cpu", "memory"]);
    assert.equal(formatResized([]), null);
  });

  it("say nothing where somebody else has written", () => {
    for (const value of [undefined, "", "true", "cpu-", "cpu-12x", "disk-17", "cpu--1"]) {
      assert.equal(parseReviews(value).size, 0, value);
    }
    assert.deepEqual(parseResized("true"), []);
  });
});
