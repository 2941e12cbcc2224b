import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../../../functions/resource-patch/decide.ts";
import {
  zoneLimitMillis,
  zoneOf,
} from "../../../../functions/resource-patch/strategies/cluster-zone.ts";
import type { Situation } from "../../../../shared/events/situation.ts";
import type { ZoneFacts } from "../../../../shared/events/strategy-facts.ts";
import { DEFAULT_POLICY } from "../../../../shared/policy-default.ts";
import type { Rules } from "../../../../shared/policy-rules.ts";
import { container, freeRules, situation, surroundings } from "../situations.ts";

const zoneRules = (): Rules => ({
  ...freeRules(),
  strategy: "cluster-zone",
  bands: DEFAULT_POLICY.bands,
});

/** Three nodes of 4 CPUs, one of 2. */
const facts = (change: Partial<ZoneFacts> = {}): ZoneFacts => ({
  limitsCpuMillis: 1000,
  allocatableCpuMillis: 14_000,
  smallestNodeCpuMillis: 2000,
  current: null,
  ...change,
});

const reviewed = (zone: ZoneFacts, containers?: Situation["pod"]["containers"]): Situation =>
  situation({
    load: { percent: null, band: "low" },
    rest: { zone, surroundings: surroundings() },
    ...(containers === undefined ? {} : { pod: { containers } }),
  });

const chosen = (facts: Situation, rules = zoneRules()) => {
  const record = decide(facts, rules);
  const found = record.alternatives.find(({ action }) => action === record.chosen);
  return { ...record, labels: found?.labels, sizes: found?.changes.map(({ after }) => after) };
};

describe("strategy cluster-zone", () => {
  for (const [limitsCpuMillis, zone, limitMillis] of [
    [4619, "low", 1600],
    [4620, "medium", 1280],
    [9239, "medium", 1280],
    [9240, "high", 960],
    [20_000, "high", 960],
  ] as const) {
    it(`is in zone ${zone} with ${limitsCpuMillis} m of limits on 14 CPUs, which gives ${limitMillis} m`, () => {
      const given = facts({ limitsCpuMillis });
      assert.equal(zoneOf(given, DEFAULT_POLICY.bands), zone);
      assert.equal(zoneLimitMillis(given, zone), limitMillis);
    });
  }

  it("gives every container the limit of the zone, keeps requests, and labels the Deployment", () => {
    const {
      outcome,
      chosen: action,
      labels,
      sizes,
    } = chosen(
      reviewed(facts(), [container("one", "200m", "400m"), container("two", "100m", null)]),
    );
    assert.deepEqual([outcome, action], ["act", "patch-owner"]);
    assert.deepEqual(labels, { patch: "low" });
    assert.deepEqual(sizes, [
      { request: "200m", limit: "1600m" },
      { request: "100m", limit: "1600m" },
    ]);
  });

  it("writes nothing while the zone is the same", () => {
    const { outcome, reason } = chosen(reviewed(facts({ current: "low" })));
    assert.deepEqual([outcome, reason], ["keep", "the cluster is still in zone low"]);
  });

  it("sets no limit below a request or above the class, and none where there is no request", () => {
    const small = facts({ smallestNodeCpuMillis: 100 });
    assert.match(chosen(reviewed(small)).reason, /the QoS class of the pod would change/);
    const large = facts({ smallestNodeCpuMillis: 64_000 });
    assert.deepEqual(chosen(reviewed(large)).sizes, [{ request: "200m", limit: "4" }]);
    const none = chosen(reviewed(facts(), [container("free", null, null)]));
    assert.deepEqual([none.outcome, none.sizes], ["keep", []]);
  });

  it("does nothing for a load, to no other kind, and where a class does not let it", () => {
    const byLoad = decide(situation({ rest: { surroundings: surroundings() } }), zoneRules());
    assert.equal(byLoad.outcome, "keep");
    assert.match(byLoad.reason, /at its next review/);
    const daemon = reviewed(facts());
    daemon.owner = { ...daemon.owner, kind: "DaemonSet" };
    assert.match(decide(daemon, zoneRules()).reason, /zones are for Deployments/);
    const bounded = { ...zoneRules(), class: freeRules("silver", { allowedActions: [] }).class };
    assert.match(decide(reviewed(facts()), bounded).reason, /patch-owner is not among the actions/);
  });

  it("keeps after its own result, whatever the cluster", () => {
    const amount = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(amount, amount, amount, (limits, allocatable, smallest) => {
        const given = facts({
          limitsCpuMillis: limits,
          allocatableCpuMillis: allocatable,
          smallestNodeCpuMillis: smallest,
        });
        const { outcome, labels } = chosen(reviewed(given));
        if (outcome === "keep") return;
        const current =
          labels?.["patch"] === undefined ? null : zoneOf(given, DEFAULT_POLICY.bands);
        assert.equal(labels?.["patch"], current);
        assert.equal(chosen(reviewed({ ...given, current })).outcome, "keep");
      }),
    );
  });
});
