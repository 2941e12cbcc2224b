import assert from "node:assert/strict";
import { createCounter, createGauge, createHistogram } from "../../shared/instruments.ts";

const help = "tested";

describe("instruments", () => {
  it("count by label, and take a label that is missing for other", () => {
    const counter = createCounter({ name: "vigie_x_total", help, labelNames: ["a", "b"] });
    counter.add({ a: "1", b: "2" });
    counter.add({ b: "2", a: "1" }, 4);
    counter.add({ a: "1" });
    counter.add({ a: "9", b: "9" }, 0);
    assert.deepEqual(counter.samples(), [
      { metricName: "vigie_x_total", labels: { a: "1", b: "2" }, value: 5 },
      { metricName: "vigie_x_total", labels: { a: "1", b: "other" }, value: 1 },
    ]);
  });

  it("hold a bounded number of series, and lose no count", () => {
    const counter = createCounter({ name: "vigie_x_total", help, labelNames: ["a"] });
    for (let each = 0; each < 10_000; each += 1) counter.add({ a: String(each) });
    const samples = counter.samples();
    assert.equal(samples.length, 201);
    assert.deepEqual(samples.at(-1)?.labels, { a: "other" });
    assert.equal(
      samples.reduce((sum, { value }) => sum + value, 0),
      10_000,
    );
  });

  it("measure into cumulated buckets, their bounds included", () => {
    const histogram = createHistogram({
      name: "vigie_x_seconds",
      help,
      labelNames: ["a"],
      buckets: [1, 5],
    });
    for (const value of [0, 1, 3, 5, 60]) histogram.observe({ a: "1" }, value);
    assert.deepEqual(
      histogram.samples().map(({ metricName, labels, value }) => [metricName, labels["le"], value]),
      [
        ["vigie_x_seconds_bucket", 1, 2],
        ["vigie_x_seconds_bucket", 5, 4],
        ["vigie_x_seconds_bucket", "+Inf", 5],
        ["vigie_x_seconds_sum", undefined, 69],
        ["vigie_x_seconds_count", undefined, 5],
      ],
    );
  });

  it("say nothing of what was never measured", () => {
    const gauge = createGauge({ name: "vigie_x", help });
    assert.deepEqual(gauge.samples(), []);
    gauge.set(0);
    gauge.set(7);
    assert.deepEqual(gauge.samples(), [{ metricName: "vigie_x", labels: {}, value: 7 }]);
  });
});
