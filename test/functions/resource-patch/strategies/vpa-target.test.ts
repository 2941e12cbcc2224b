import assert from "node:assert/strict";
import fc from "fast-check";
import { recommended } from "../../../../functions/resource-patch/autoscalers.ts";
import { decide } from "../../../../functions/resource-patch/decide.ts";
import type { Situation } from "../../../../shared/events/situation.ts";
import type { VpaFacts } from "../../../../shared/events/strategy-facts.ts";
import type { DecisionPolicy } from "../../../../shared/policy-class.ts";
import { container, freeRules, situation, surroundings } from "../situations.ts";

const target = (
  targetAmount: number,
  bounds: Partial<VpaFacts["containers"][number]> = {},
): VpaFacts => ({
  name: "vpa",
  containers: [{ name: "app", targetAmount, lowerAmount: null, upperAmount: null, ...bounds }],
});

const facts = (
  vpa: VpaFacts | null,
  [request, limit]: [string | null, string | null] = ["200m", "500m"],
): Situation =>
  situation({
    load: { percent: 40, band: "moderate" },
    pod: { containers: [container("app", request, limit)] },
    rest: { vpa, surroundings: surroundings() },
  });

function sizeOf(given: Situation, change: Partial<DecisionPolicy> = {}) {
  const rules = { ...freeRules("silver", change), strategy: "vpa" as const };
  const record = decide(given, rules);
  const { changes } = record.alternatives.find(({ action }) => action === record.chosen) ?? {};
  const [after] = changes?.map((each) => each.after) ?? [];
  return { record, after: after === undefined ? null : `${after.request}/${after.limit}` };
}

describe("strategy vpa", () => {
  it("takes the target as the request, up and down, with the limit in proportion", () => {
    assert.equal(sizeOf(facts(target(300))).after, "300m/750m");
    assert.equal(sizeOf(facts(target(50))).after, "50m/125m");
    assert.equal(sizeOf(facts(target(50))).record.chosen, "resize");
  });

  it("leaves limits where the class wants them fixed, and Guaranteed pods as they are", () => {
    const { cpu } = freeRules().class;
    const fixed = { cpu: { ...cpu, limits: "fixed" as const } };
    assert.equal(sizeOf(facts(target(300)), fixed).after, "300m/500m");
    assert.equal(sizeOf(facts(target(900)), fixed).after, "499m/500m");
    assert.equal(sizeOf(facts(target(300), ["200m", "200m"])).after, "300m/300m");
    assert.equal(sizeOf(facts(target(300), ["200m", "200m"]), fixed).after, null);
    assert.equal(sizeOf(facts(target(300), ["200m", null])).after, "300m/null");
  });

  it("keeps within the class's bounds", () => {
    assert.equal(sizeOf(facts(target(1))).after, "10m/25m");
    assert.equal(sizeOf(facts(target(90_000))).after, "1600m/4");
  });

  it("keeps a request within the recommended bounds, as the VPA's updater does", () => {
    const near = target(300, { lowerAmount: 150, upperAmount: 400 });
    const { record } = sizeOf(facts(near));
    assert.equal(record.outcome, "keep");
    assert.match(record.reason, /are what VerticalPodAutoscaler vpa recommends/);
  });

  it("keeps, with the reason, without a recommendation", () => {
    assert.match(
      sizeOf(facts(null)).record.reason,
      /no VerticalPodAutoscaler of mode Off recommends anything for Deployment app/,
    );
  });

  it("never goes by the load itself", () => {
    const high = facts(target(50));
    high.load = { ...high.load, percent: 99, band: "high" };
    assert.equal(sizeOf(high).after, "50m/125m");
  });

  it("keeps after its own result, whatever the target", () => {
    const amount = fc.integer({ min: 1, max: 9000 });
    fc.assert(
      fc.property(amount, amount, fc.option(amount), (wanted, request, limit) => {
        const given = facts(target(wanted), [
          `${limit === null ? request : Math.min(request, limit)}m`,
          limit === null ? null : `${Math.max(request, limit)}m`,
        ]);
        const { record } = sizeOf(given);
        const chosen = record.alternatives.find(({ action }) => action === record.chosen);
        const [change] = chosen?.changes ?? [];
        if (change === undefined) return;
        const { request: now, limit: most } = change.after;
        assert.equal(sizeOf(facts(target(wanted), [now, most])).after, null);
      }),
    );
  });

  it("reads the target of mode Off only, of the workload itself", () => {
    const owner = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "app" };
    const vpa = (updateMode: string, name = "app") => ({
      metadata: { name: `vpa-${updateMode}` },
      spec: {
        targetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
        updatePolicy: { updateMode },
      },
      status: {
        recommendation: {
          containerRecommendations: [
            {
              containerName: "app",
              target: { cpu: "250m", memory: "262144k" },
              lowerBound: { cpu: "25m", memory: "262144k" },
              upperBound: { cpu: "1", memory: "1Gi" },
            },
          ],
        },
      },
    });
    const read = (...vertical: ReturnType<typeof vpa>[]) => recommended({ vertical }, owner, "cpu");
    assert.deepEqual(read(vpa("Recreate"), vpa("Off", "other"), vpa("Off")), {
      name: "vpa-Off",
      containers: [{ name: "app", targetAmount: 250, lowerAmount: 25, upperAmount: 1000 }],
    });
    assert.equal(read(vpa("Initial")), null);
    assert.equal(
      recommended({ vertical: [vpa("Off")] }, owner, "memory")?.containers[0]?.targetAmount,
      262_144_000,
    );
  });
});
