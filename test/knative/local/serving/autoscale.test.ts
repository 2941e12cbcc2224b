import assert from "node:assert/strict";
import fc from "fast-check";
import { readAutoscaling } from "../../../../knative/local/manifests/autoscaling.ts";
import {
  autoscale,
  FRESH_MEMORY,
  type LoadSeen,
  type ScaleDecision,
  type ScaleMemory,
} from "../../../../knative/local/serving/autoscale.ts";
import { scaleRules, type ScaleRules } from "../../../../knative/local/serving/scale-rules.ts";

/** Rules as the annotations of a revision make them, on a machine of 4 cores. */
const rulesOf = (
  annotations: Readonly<Record<string, string>>,
  containerConcurrency = 0,
  initialScale = 0,
): ScaleRules => {
  const named = Object.entries(annotations).map(([key, value]) => [
    `autoscaling.knative.dev/${key}`,
    value,
  ]);
  const autoscaling = readAutoscaling(Object.fromEntries(named), assert.fail);
  return scaleRules(autoscaling, containerConcurrency, {
    windowSeconds: null,
    initialScale,
    cores: 4,
  });
};
const load = (overrides: Partial<LoadSeen> = {}): LoadSeen => ({
  nowMs: 1_000_000,
  ready: 1,
  stableAverage: 0,
  panicAverage: 0,
  idleMs: 0,
  ...overrides,
});
const steady = (average: number, ready: number): LoadSeen =>
  load({ stableAverage: average, panicAverage: average, ready });

describe("autoscale", () => {
  const targets: [string, Record<string, string>, number, number][] = [
    ["100 at once, of which 70 %", {}, 0, 70],
    ["200 a second, of which 70 %", { metric: "rps" }, 0, 140],
    ["the annotation, of which 70 %", { target: "10" }, 0, 7],
    [
      "the annotation and its utilization",
      { target: "10", "target-utilization-percentage": "100" },
      0,
      10,
    ],
    ["containerConcurrency", {}, 10, 7],
    ["the smaller one", { target: "5" }, 10, 3.5],
    ["containerConcurrency below the annotation", { target: "50" }, 10, 7],
    ["containerConcurrency means nothing to rps", { metric: "rps", target: "50" }, 10, 35],
    ["never below 0.01", { target: "0.01", "target-utilization-percentage": "1" }, 0, 0.01],
  ];
  for (const [name, annotations, containerConcurrency, target] of targets) {
    it(`aims at ${name}`, () => {
      assert.equal(
        Math.round(rulesOf(annotations, containerConcurrency).target * 1e6) / 1e6,
        target,
      );
    });
  }

  const one = { target: "10", "target-utilization-percentage": "100" };
  const sizes: [string, Record<string, string>, LoadSeen, number][] = [
    ["as many as the load needs", one, steady(25, 2), 3],
    ["exactly enough", one, steady(20, 2), 2],
    ["one for the least demand", one, steady(0.001, 1), 1],
    ["no more than max-scale", { ...one, "max-scale": "2" }, steady(95, 2), 2],
    ["4 for each core where max-scale is absent", one, steady(950, 2), 16],
    ["no fewer than min-scale", { ...one, "min-scale": "3" }, load({ idleMs: 1e9 }), 3],
    ["activation-scale when there is demand", { ...one, "activation-scale": "4" }, steady(1, 1), 4],
    [
      "no activation-scale without demand",
      { ...one, "activation-scale": "4" },
      load({ idleMs: 1e9 }),
      0,
    ],
    ["half of what there is at most, downwards", one, steady(1, 9), 4],
    [
      "a thousand times what there is at most, upwards",
      { ...one, "max-scale": "5000" },
      steady(50_000, 2),
      2_000,
    ],
    ["one within the window", one, load({ idleMs: 59_999 }), 1],
    ["none after the window", one, load({ idleMs: 60_000 }), 0],
    ["one within its own window", { ...one, window: "2m" }, load({ idleMs: 119_000 }), 1],
  ];
  for (const [name, annotations, seen, replicas] of sizes) {
    it(`wants ${name}`, () => {
      assert.equal(autoscale(rulesOf(annotations), FRESH_MEMORY, seen).replicas, replicas);
    });
  }

  it("holds initial-scale until so many have been ready, and no longer", () => {
    const rules = rulesOf({ "initial-scale": "4" }, 0, 4);
    const first = autoscale(rules, FRESH_MEMORY, load({ ready: 2, idleMs: 1 }));
    assert.equal(first.replicas, 4);
    const second = autoscale(rules, first.memory, load({ ready: 4, idleMs: 1 }));
    assert.equal(second.replicas, 2);
    assert.equal(autoscale(rules, second.memory, load({ ready: 2, idleMs: 1 })).replicas, 1);
  });

  it("panics at twice what the ready ones can take, and leaves a stable window after the last time", () => {
    const rules = rulesOf(one);
    const seen = { ready: 1, stableAverage: 3 };
    const calm = autoscale(rules, FRESH_MEMORY, load({ ...seen, panicAverage: 10 }));
    assert.deepEqual([calm.replicas, calm.isPanic], [1, false]);
    const panic = autoscale(rules, calm.memory, load({ ...seen, panicAverage: 45 }));
    assert.deepEqual([panic.replicas, panic.isPanic], [5, true]);
    const later = load({ nowMs: 1_060_000, ready: 5, stableAverage: 8, panicAverage: 1 });
    const still = autoscale(rules, panic.memory, later);
    assert.deepEqual([still.replicas, still.isPanic], [5, true]);
    const over = autoscale(rules, still.memory, { ...later, nowMs: 1_060_001 });
    assert.deepEqual([over.replicas, over.isPanic], [2, false]);
  });

  it("takes the larger one of both windows in panic", () => {
    const seen = load({ ready: 1, stableAverage: 90, panicAverage: 45 });
    assert.equal(autoscale(rulesOf(one), FRESH_MEMORY, seen).replicas, 9);
  });

  it("holds the most of the scale-down delay, to zero as well", () => {
    const rules = rulesOf({ ...one, "scale-down-delay": "30s" });
    let memory: ScaleMemory = FRESH_MEMORY;
    const at = (nowMs: number, seen: LoadSeen) => {
      const decision = autoscale(rules, memory, { ...seen, nowMs });
      memory = decision.memory;
      return decision.replicas;
    };
    assert.equal(at(0, steady(15, 2)), 2);
    assert.equal(at(10_000, steady(5, 2)), 2);
    assert.equal(at(20_000, load({ ready: 1, idleMs: 70_000 })), 2);
    assert.equal(at(30_000, load({ ready: 1, idleMs: 80_000 })), 1);
    assert.equal(at(49_999, load({ ready: 1, idleMs: 99_999 })), 0);
  });

  it("keeps the last one for the retention period after it is not wanted any more", () => {
    const rules = rulesOf({ "scale-to-zero-pod-retention-period": "10s" });
    const first = autoscale(rules, FRESH_MEMORY, load({ nowMs: 0, idleMs: 60_000 }));
    assert.equal(first.replicas, 1);
    const second = autoscale(rules, first.memory, load({ nowMs: 9_999, idleMs: 69_999 }));
    assert.equal(second.replicas, 1);
    const third = autoscale(rules, second.memory, load({ nowMs: 10_000, idleMs: 70_000 }));
    assert.equal(third.replicas, 0);
  });

  const anyLoad = fc.record({
    stepMs: fc.integer({ min: 0, max: 120_000 }),
    ready: fc.integer({ min: 0, max: 40 }),
    stableAverage: fc.double({ min: 0, max: 1_000, noNaN: true }),
    panicAverage: fc.double({ min: 0, max: 1_000, noNaN: true }),
    idleMs: fc.integer({ min: 0, max: 200_000 }),
  });
  const anyRules = fc
    .record({
      min: fc.integer({ min: 0, max: 5 }),
      more: fc.integer({ min: 0, max: 20 }),
      target: fc.integer({ min: 1, max: 200 }),
      delaySeconds: fc.constantFrom(0, 30),
    })
    .map(({ min, more, target, delaySeconds }) =>
      rulesOf({
        "min-scale": String(min),
        "max-scale": String(Math.max(1, min + more)),
        target: String(target),
        "scale-down-delay": `${delaySeconds}s`,
      }),
    );

  it("stays between min-scale and max-scale, and wants no less in a panic than before in it", () => {
    fc.assert(
      fc.property(anyRules, fc.array(anyLoad, { maxLength: 30 }), (rules, loads) => {
        let nowMs = 0;
        let before: ScaleDecision | null = null;
        for (const { stepMs, ...seen } of loads) {
          nowMs += stepMs;
          const memory: ScaleMemory = before?.memory ?? FRESH_MEMORY;
          const decision = autoscale(rules, memory, { ...seen, nowMs });
          assert.ok(decision.replicas >= rules.minScale && decision.replicas <= rules.maxScale);
          if (before?.isPanic === true && decision.isPanic) {
            const wanted = Math.min(rules.maxScale, decision.memory.panicReplicas);
            assert.ok(decision.replicas >= wanted);
            assert.ok(decision.memory.panicReplicas >= memory.panicReplicas);
            // What the delay holds beside that may be of before the panic, and passes.
            if (rules.scaleDownDelayMs === 0) assert.ok(decision.replicas >= before.replicas);
          }
          before = decision;
        }
      }),
    );
  });

  it("lets go in a panic what only the scale-down delay has held, as the KPA does", () => {
    const rules = rulesOf({ ...one, "scale-down-delay": "30s" });
    const first = autoscale(rules, FRESH_MEMORY, load({ nowMs: 0, ready: 6, stableAverage: 25 }));
    assert.deepEqual([first.replicas, first.isPanic], [3, false]);
    const panic = load({ nowMs: 1, ready: 1, panicAverage: 20 });
    const second = autoscale(rules, first.memory, panic);
    assert.deepEqual([second.replicas, second.isPanic], [3, true]);
    const third = autoscale(rules, second.memory, { ...panic, nowMs: 30_000 });
    assert.deepEqual([third.replicas, third.isPanic], [2, true]);
  });
});
