import assert from "node:assert/strict";
import fc from "fast-check";
import { createLoadMeter } from "../../../../knative/local/serving/load-meter.ts";

describe("load meter", () => {
  it("averages requests over the time they were in, since the first one", () => {
    const meter = createLoadMeter(60_000);
    meter.enter(1_000);
    meter.enter(2_000);
    meter.leave(5_000);
    assert.equal(meter.average(60_000, 5_000).concurrency, (1 + 3 * 2) / 4);
    assert.equal(meter.average(1_000, 5_000).concurrency, 2);
    assert.equal(meter.average(60_000, 5_000).requestsPerSecond, 0.5);
  });

  it("forgets what is older than the window", () => {
    const meter = createLoadMeter(10_000);
    meter.enter(0);
    meter.leave(2_000);
    assert.equal(meter.average(10_000, 11_000).concurrency, 0.1);
    assert.equal(meter.average(10_000, 12_000).concurrency, 0);
    assert.equal(meter.idleMs(12_000), 10_000);
  });

  it("begins anew after an idle window", () => {
    const meter = createLoadMeter(10_000);
    meter.enter(0);
    meter.leave(1_000);
    meter.enter(50_000);
    assert.equal(meter.average(10_000, 51_000).concurrency, 1);
  });

  it("is exact over whole buckets, whatever comes and goes", () => {
    const steps = fc.array(
      fc.record({ waitMs: fc.integer({ min: 1, max: 3_000 }), isEntry: fc.boolean() }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (sequence) => {
        const meter = createLoadMeter(3_600_000);
        let nowMs = 0;
        let requestMs = 0;
        meter.enter(0);
        for (const { waitMs, isEntry } of sequence) {
          requestMs += meter.requests * waitMs;
          nowMs += waitMs;
          if (isEntry) meter.enter(nowMs);
          else if (meter.requests > 0) meter.leave(nowMs);
        }
        const { concurrency } = meter.average(3_600_000, nowMs);
        assert.ok(Math.abs(concurrency - requestMs / nowMs) < 1e-6);
      }),
    );
  });
});
