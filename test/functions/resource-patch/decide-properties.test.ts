import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../../../functions/resource-patch/decide.ts";
import { choose } from "../../../functions/resource-patch/ranking/choose.ts";
import { totalsOf } from "../../../functions/resource-patch/totals.ts";
import { type Alternative, DecisionRecord } from "../../../shared/events/decided.ts";
import { type Situation } from "../../../shared/events/situation.ts";
import type { Amounts, Bounded } from "../../../shared/events/surroundings.ts";
import { DEFAULT_POLICY } from "../../../shared/policy-default.ts";
import { Action } from "../../../shared/policy-class.ts";
import { anySituation } from "./any-situation.ts";
import { freeRules, situation } from "./situations.ts";

function chosenOf({ alternatives, chosen }: DecisionRecord): Alternative {
  const found = alternatives.find(({ action }) => action === chosen);
  assert.ok(found);
  return found;
}

function bandOf(percent: number): Situation["load"]["band"] {
  return percent >= 66 ? "high" : percent >= 33 ? "moderate" : "low";
}

/** What the workload as a whole may use afterwards, counted in pods of the resource. */
function capacityOf(record: DecisionRecord): number {
  const { changes, replicas } = chosenOf(record);
  const { base } = totalsOf(record.inputs, changes);
  const before = record.inputs.surroundings?.workload?.replicas?.desired ?? 1;
  return base * (replicas?.after ?? before);
}

/** The cluster after a decision was carried out and the pods use what they used. */
function applied(record: DecisionRecord): Situation {
  const { inputs } = record;
  const { changes, replicas, volume } = chosenOf(record);
  const [before, after] = [totalsOf(inputs).base, totalsOf(inputs, changes).base];
  const scale = replicas === null ? 1 : replicas.before / replicas.after;
  const told = inputs.load.percent;
  const percent = told === null || after === 0 ? told : (told * before * scale) / after;
  // With the hysteresis of the default policy.
  const isHigh = inputs.load.band === "high" && (percent === null || percent >= 63);
  const facts = inputs.surroundings;
  const desired = replicas?.after;
  const sums = [totalsOf(inputs), totalsOf(inputs, changes)] as const;
  const added = replicas === null ? 0 : replicas.after - replicas.before;
  const taken =
    added === 0
      ? { request: sums[1].request - sums[0].request, limit: sums[1].limit - sums[0].limit }
      : sums[0];
  const current = facts?.workload?.replicas?.desired ?? 1;
  const pods = added !== 0 ? added : record.chosen === "patch-owner" ? current : 1;
  const key = inputs.load.resource === "cpu" ? "cpuMillis" : "memoryBytes";
  const plus = (amounts: Amounts, more: number) => ({ ...amounts, [key]: amounts[key] + more });
  const minus = (amounts: Bounded, more: number) => {
    const left = amounts[key];
    return { ...amounts, [key]: left === null ? null : Math.max(0, left - more) };
  };
  const containers = inputs.pod.containers.map((each) => {
    const change = changes.find(({ container }) => container === each.name);
    return change === undefined ? each : { ...each, share: change.after };
  });
  return {
    ...inputs,
    pod: { ...inputs.pod, containers },
    load: { ...inputs.load, percent, band: isHigh ? "high" : "moderate" },
    surroundings: facts && {
      ...facts,
      node: facts.node && { ...facts.node, requested: plus(facts.node.requested, taken.request) },
      quota: facts.quota && {
        requestsLeft: minus(facts.quota.requestsLeft, taken.request * pods),
        limitsLeft: minus(facts.quota.limitsLeft, taken.limit * pods),
        podsLeft: (facts.quota.podsLeft ?? 0) - added,
      },
      workload: facts.workload && {
        ...facts.workload,
        replicas:
          facts.workload.replicas && desired !== undefined
            ? { ...facts.workload.replicas, desired, ready: desired, updated: desired }
            : facts.workload.replicas,
      },
      volumes: (facts.volumes ?? []).map((each) =>
        volume === null ? each : { ...each, capacityBytes: volume.afterBytes },
      ),
    },
    // What it asked for is in force now.
    usage: null,
  };
}

describe("decide, in any situation", () => {
  it("gives a record of the contract, which replayed is the same to the byte", () => {
    fc.assert(
      fc.property(anySituation, (facts) => {
        const text = JSON.stringify(decide(facts, freeRules(facts.slaClass)));
        const { inputs, policy } = JSON.parse(text) as DecisionRecord;
        assert.equal(JSON.stringify(decide(inputs, policy)), text);
        const read = DecisionRecord.parse(JSON.parse(text));
        assert.deepEqual(decide(read.inputs, read.policy), read);
      }),
    );
  });

  it("does nothing to what has not opted in, is protected or paused", () => {
    const rules = freeRules();
    fc.assert(
      fc.property(anySituation, (facts) => {
        for (const record of [
          decide({ ...facts, managed: false }, rules),
          decide({ ...facts, isProtected: true }, rules),
          decide(facts, { ...rules, paused: true }),
        ]) {
          assert.deepEqual([record.chosen, record.outcome], ["keep", "keep"]);
        }
      }),
    );
  });

  it("never chooses what a guard forbids, and acts only in mode auto", () => {
    fc.assert(
      fc.property(anySituation, fc.constantFrom("auto", "approve", "recommend"), (facts, mode) => {
        const rules = freeRules(facts.slaClass, { mode });
        const record = decide(facts, rules);
        assert.deepEqual(chosenOf(record).guards, []);
        assert.ok(record.outcome !== "act" || mode === "auto");
        const careful = decide(facts, { ...rules, strategy: "recommend-only" });
        assert.ok(careful.outcome === "recommend" || careful.outcome === "keep");
      }),
    );
  });

  it("is the same whatever else is dominated or forbidden", () => {
    fc.assert(
      fc.property(anySituation, fc.integer({ min: 0, max: 5 }), (facts, at) => {
        const { alternatives } = decide(facts, freeRules(facts.slaClass));
        const best = choose(alternatives);
        assert.ok(best);
        const dominated = {
          ...best,
          action: "patch-owner" as const,
          closeness: Math.max(0, best.closeness - 0.000001),
        };
        const forbidden = { ...best, closeness: 1, guards: [{ code: "X", reason: "x" }] };
        for (const added of [dominated, forbidden]) {
          assert.equal(choose(alternatives.toSpliced(at, 0, added)), best);
        }
      }),
    );
  });

  it("scores an alternative the same whether or not others are allowed", () => {
    fc.assert(
      fc.property(anySituation, fc.subarray([...Action.options]), (facts, allowedActions) => {
        const all = decide(facts, freeRules(facts.slaClass));
        const some = decide(facts, freeRules(facts.slaClass, { allowedActions }));
        const scores = ({ alternatives }: DecisionRecord) =>
          alternatives.map(({ action, closeness }) => [action, closeness]);
        assert.deepEqual(scores(some), scores(all));
      }),
    );
  });

  const moreLoad: [string, number, readonly Action[] | null][] = [
    ["gives no less to more load, with the actions that a class ships with", 0, null],
    ["gives no less to more of a high load, with all the actions there are", 66, Action.options],
  ];
  for (const [what, min, actions] of moreLoad) {
    it(what, () => {
      const percent = fc.integer({ min, max: 300 });
      fc.assert(
        fc.property(anySituation, percent, percent, (facts, one, other) => {
          const allowedActions = [
            ...(actions ?? DEFAULT_POLICY.classes[facts.slaClass].allowedActions),
          ];
          const [less = 0, more = 0] = [Math.min(one, other), Math.max(one, other)].map((told) => {
            const load = { ...facts.load, percent: told, band: bandOf(told) };
            return capacityOf(
              decide({ ...facts, load }, freeRules(facts.slaClass, { allowedActions })),
            );
          });
          assert.ok(more >= less, `${less} at less load, ${more} at more`);
        }),
        { numRuns: 500 },
      );
    });
  }

  it("never leaves gold less room than silver, nor silver less than bronze", () => {
    fc.assert(
      fc.property(anySituation, fc.integer({ min: 0, max: 300 }), (facts, percent) => {
        const load = { ...facts.load, percent, band: bandOf(percent) };
        const [gold = 0, silver = 0, bronze = 0] = (["gold", "silver", "bronze"] as const).map(
          (slaClass) => {
            const { allowedActions } = DEFAULT_POLICY.classes[slaClass];
            const rules = freeRules(slaClass, { allowedActions });
            return capacityOf(decide({ ...facts, load, slaClass }, rules));
          },
        );
        assert.ok(gold >= silver && silver >= bronze, `${gold}, ${silver}, ${bronze}`);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps what it decided itself, once that is in force", () => {
    fc.assert(
      fc.property(anySituation, (facts) => {
        const rules = freeRules(facts.slaClass);
        let record = decide(facts, rules);
        // A step may be capped by the class, or a volume be next: it ends, and then it stays.
        for (let step = 0; step < 8 && record.chosen !== "keep"; step += 1) {
          record = decide(applied(record), rules);
        }
        assert.equal(record.chosen, "keep", record.reason);
      }),
    );
  });

  it("does not depend on the scale of the weights", () => {
    fc.assert(
      fc.property(anySituation, fc.double({ min: 0.01, max: 10, noNaN: true }), (facts, factor) => {
        const rules = freeRules(facts.slaClass);
        const weights = { ...rules.class.weights };
        for (const name of Object.keys(weights) as (keyof typeof weights)[])
          weights[name] *= factor;
        const scaled = decide(facts, { ...rules, class: { ...rules.class, weights } });
        const plain = decide(facts, rules);
        assert.equal(scaled.chosen, plain.chosen);
        assert.deepEqual(
          scaled.alternatives.map(({ criteria }) => criteria),
          plain.alternatives.map(({ criteria }) => criteria),
        );
      }),
    );
  });

  it("makes nothing smaller without enough of a history, or while the load is high", () => {
    fc.assert(
      fc.property(anySituation, (facts) => {
        const { direction } = chosenOf(decide(facts, freeRules(facts.slaClass)));
        const isSure =
          facts.usage !== null && "source" in facts.usage && facts.usage.confidence.isEnough;
        assert.ok(direction !== "down" || (isSure && facts.load.band !== "high"));
      }),
    );
  });

  it("chooses a resize for a high load wherever that helps and nothing forbids it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 66, max: 300 }), (percent) => {
        for (const slaClass of ["gold", "silver", "bronze"] as const) {
          const facts = situation({ load: { percent }, rest: { slaClass } });
          assert.equal(decide(facts, freeRules(slaClass)).chosen, "resize");
        }
      }),
    );
  });
});
