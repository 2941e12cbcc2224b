import assert from "node:assert/strict";
import { nextLookMs } from "../../../../knative/local/serving/next-look.ts";
import type { ScaleRules } from "../../../../knative/local/serving/scale-rules.ts";

const rules: ScaleRules = {
  metric: "concurrency",
  target: 70,
  capacity: 100,
  targetBurstCapacity: 0,
  stableWindowMs: 60_000,
  panicWindowMs: 6_000,
  panicThreshold: 2,
  minScale: 0,
  maxScale: 4,
  initialScale: 0,
  activationScale: 1,
  scaleDownDelayMs: 0,
  retentionMs: 0,
};
const look = (more: Partial<ScaleRules>, processes: number, requests: number, idle = 0) =>
  nextLookMs({ ...rules, ...more }, { processes, requests, idleMs: () => idle });

describe("nextLookMs", () => {
  it("is each tick while load may change the scale, a third of a short window at the most", () => {
    assert.equal(look({}, 1, 3), 2_000);
    assert.equal(look({}, 3, 0), 2_000);
    assert.equal(look({ stableWindowMs: 3_000 }, 1, 3), 1_000);
  });

  it("is the end of the window for the last process that has nothing to do", () => {
    assert.equal(look({}, 1, 0, 10_000), 50_000);
    assert.equal(look({}, 1, 0, 60_001), 2_000);
  });

  it("is never where nothing can change", () => {
    assert.equal(look({}, 0, 0), null);
    assert.equal(look({ maxScale: 1 }, 1, 5), null);
    assert.equal(look({ minScale: 1 }, 1, 0), null);
    assert.equal(look({ minScale: 2, maxScale: 2 }, 2, 5), null);
  });
});
