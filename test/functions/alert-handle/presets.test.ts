import assert from "node:assert/strict";
import { after, fact, pod, policy } from "./facts.ts";

const low = { key: "low", claim: "low", percent: 4 } as const;
const moderate = { key: "moderate", claim: "moderate", percent: 50 } as const;

describe("preset status", () => {
  const status = { ...policy, preset: "status" } as const;

  it("writes what the original alerts wrote", () => {
    const normal = after(pod(), [["cpu", fact(1, low)]], status);
    assert.deepEqual(normal.labels, { fogsla: "ok", status: "normal" });
    const busy = after(normal, [["cpu", fact(2, moderate)]], status);
    assert.deepEqual(busy.labels, { status: "chargee" });
    assert.deepEqual(after(busy, [["cpu", fact(3)]], status).labels, { status: "panne" });
  });

  it("shows the worse of CPU and memory", () => {
    const now = after(
      pod(),
      [
        ["memory", fact(1)],
        ["cpu", fact(2, low)],
      ],
      status,
    );
    assert.deepEqual(now.labels, { status: "panne" });
  });

  it("leaves somebody's own consent, or refusal, as it is", () => {
    for (const fogsla of ["ok", "no"]) {
      const normal = after(pod({ fogsla }), [["cpu", fact(1, low)]], status);
      assert.equal(normal.labels["fogsla"], fogsla);
      assert.equal(after(normal, [["cpu", fact(2)]], status).labels["fogsla"], fogsla);
    }
  });

  it("leaves a refusal that came after its own consent", () => {
    const normal = after(pod(), [["cpu", fact(1, low)]], status);
    const refused = { ...normal, labels: { ...normal.labels, fogsla: "no" } };
    const busy = after(refused, [["cpu", fact(2)]], status);
    assert.equal(busy.labels["fogsla"], "no");
    assert.equal(after(busy, [["cpu", fact(3, low)]], status).labels["fogsla"], "no");
  });

  it("leaves a label status that means something else, and takes over its own", () => {
    assert.deepEqual(after(pod({ status: "shipping" }), [["cpu", fact(1)]], status).labels, {
      status: "shipping",
    });
    assert.deepEqual(after(pod({ status: "normal" }), [["cpu", fact(1)]], status).labels, {
      status: "panne",
    });
  });
});

describe("preset r-s", () => {
  const rs = { ...policy, preset: "r-s" } as const;

  it("has the thresholds of the original webhook, and removes what is stale", () => {
    const cases: [percent: number, labels: Record<string, string>][] = [
      [0, { R1: "true", S3: "true" }],
      [1.99, { R1: "true", S3: "true" }],
      [2, { R2: "true", S2: "true" }],
      [4.99, { R2: "true", S2: "true" }],
      [5, { R3: "true", S1: "true" }],
      [92, { R3: "true", S1: "true" }],
    ];
    for (const [percent, labels] of cases) {
      const stale = { R1: "true", S3: "true", R2: "true", S2: "true", R3: "true" };
      assert.deepEqual(after(pod(stale), [["cpu", fact(1, { percent })]], rs).labels, labels);
    }
  });

  it("goes by the band where there is no value", () => {
    const now = after(pod(), [["cpu", fact(1, { ...moderate, percent: null })]], rs);
    assert.deepEqual(now.labels, { R2: "true", S2: "true" });
  });

  it("knows nothing of memory, as the original", () => {
    assert.deepEqual(after(pod(), [["memory", fact(1)]], rs).labels, {});
  });
});
