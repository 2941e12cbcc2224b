import assert from "node:assert/strict";
import { decide } from "../../../functions/resource-patch/decide.ts";
import type { Choice } from "../../../shared/events/decided.ts";
import type { Rules } from "../../../shared/policy-rules.ts";
import {
  advice,
  type Change,
  container,
  freeRules,
  GIBIBYTE,
  NOTHING_SPENT,
  situation,
  surroundings,
  usage,
  volume,
  workload,
} from "./situations.ts";

const known = { surroundings: surroundings(), spent: NOTHING_SPENT };
const low = { percent: 10, band: "low" } as const;

function find(action: Choice, change: Change, rules: Rules = freeRules()) {
  return decide(situation(change), rules).alternatives.find((each) => each.action === action);
}
const sizesOf = (change: Change, rules?: Rules) =>
  find("resize", change, rules)?.changes.map(({ after }) => after);

describe("resize", () => {
  it("goes as far as history asks when that is more than the load does", () => {
    const grown = { usage: usage({ cpu: advice("grow", 390) }) };
    assert.deepEqual(sizesOf({ rest: grown }), [{ limit: "975m", request: "390m" }]);
  });

  it("goes up by history alone when the load is not high", () => {
    const change = { load: low, rest: { usage: usage({ cpu: advice("grow", 300) }) } };
    assert.deepEqual(sizesOf(change), [{ limit: "750m", request: "300m" }]);
    const { chosen, reason } = decide(situation(change), freeRules());
    assert.equal(chosen, "resize");
    assert.match(reason, /^cpu at 10 %, and history says more is needed \(silver\): app limit/);
  });

  it("goes down by a step of the class, request and limit alike", () => {
    const change = { load: low, rest: { usage: usage({ cpu: advice("shrink", 50, 40) }) } };
    assert.deepEqual(sizesOf(change), [{ limit: "350m", request: "140m" }]);
    const { chosen, reason } = decide(situation(change), freeRules());
    assert.equal(chosen, "resize");
    assert.match(reason, /history says less is enough \(silver\): app limit 500m→350m/);
  });

  it("keeps the limit so large that what is needed does not bring the alert back", () => {
    const change = { load: low, rest: { usage: usage({ cpu: advice("shrink", 150, 250) }) } };
    // 250m at 55 % is 455m.
    assert.deepEqual(sizesOf(change), [{ limit: "455m", request: "150m" }]);
  });

  it("does not go down with too little history, nor without any", () => {
    const shrink = usage({ cpu: advice("shrink", 50) }, { ratio: 0.1, isEnough: false });
    const little = decide(situation({ load: low, rest: { usage: shrink } }), freeRules());
    assert.match(little.reason, /168 h of history are too little/);
    const none = decide(
      situation({ load: low, rest: { usage: { reason: "timed out" } } }),
      freeRules(),
    );
    assert.match(none.reason, /one reading is not a history, so sizes only go up \(timed out\)/);
  });

  it("leaves limits that are fixed, and moves requests below them", () => {
    const { cpu } = freeRules().class;
    const rules = freeRules("silver", { cpu: { ...cpu, limits: "fixed" } });
    const containers = [container("app", "200m", "1")];
    assert.deepEqual(sizesOf({ load: { percent: 70 }, pod: { containers } }, rules), [
      { limit: "1", request: "400m" },
    ]);
    const down = { load: low, rest: { usage: usage({ cpu: advice("shrink", 50, 40) }) } };
    assert.deepEqual(sizesOf(down, rules), [{ limit: "500m", request: "140m" }]);
  });

  it("leaves what Knative sizes itself", () => {
    const containers = [container("queue-proxy", "25m", "50m"), container("app", "100m", "100m")];
    const changes = find("resize", { pod: { containers } })?.changes;
    assert.deepEqual(
      changes?.map(({ container: name }) => name),
      ["app"],
    );
  });

  it("lowers a memory limit only where server and use allow it", () => {
    const smaller = usage({ memory: advice("shrink", GIBIBYTE / 2, GIBIBYTE / 4) });
    const change: Change = {
      load: { ...low, resource: "memory" },
      pod: { containers: [container("app", "1Gi", "2Gi")] },
      rest: { ...known, usage: smaller },
    };
    const resize = find("resize", change);
    assert.deepEqual(resize?.changes[0]?.after, { limit: "1434Mi", request: "717Mi" });
    assert.deepEqual(resize?.guards, []);
  });
});

describe("patch-owner", () => {
  it("would write the same sizes to the workload", () => {
    const patch = find("patch-owner", { rest: known });
    assert.equal(patch?.target?.kind, "Deployment");
    assert.deepEqual(patch?.changes, find("resize", { rest: known })?.changes);
  });

  it("drops a CPU limit where none is wanted, but not that of a Guaranteed container", () => {
    const { cpu } = freeRules().class;
    const rules = freeRules("silver", { cpu: { ...cpu, limits: "none" } });
    assert.deepEqual(find("patch-owner", { rest: known }, rules)?.changes[0]?.after, {
      request: "335m",
      limit: null,
    });
    const containers = [container("app", "500m", "500m")];
    const guaranteed = find("patch-owner", { pod: { containers }, rest: known }, rules);
    assert.equal(guaranteed?.changes[0]?.after.limit, "837m");
  });

  it("is what is left when the pod cannot be resized, and relief is worth a rollout", () => {
    const containers = [{ ...container("app", "200m", "500m"), restartsOnResize: true }];
    const { chosen, outcome } = decide(situation({ pod: { containers }, rest: known }), {
      ...freeRules("silver", { allowedActions: ["resize", "patch-owner"] }),
    });
    assert.deepEqual([chosen, outcome], ["patch-owner", "act"]);
    const little = decide(
      situation({ load: { percent: 66 }, pod: { containers }, rest: known }),
      freeRules("silver", { allowedActions: ["resize", "patch-owner"] }),
    );
    assert.equal(little.chosen, "keep");
  });

  it("is nothing to do to a bare pod", () => {
    const owner = { ...situation().owner, apiVersion: "v1", kind: "Pod" };
    assert.equal(find("patch-owner", { rest: { ...known, owner } }), undefined);
  });
});

describe("scale-out", () => {
  it("is by as many replicas as bring the load to the target", () => {
    assert.deepEqual(find("scale-out", { rest: known })?.replicas, { before: 2, after: 4 });
    assert.deepEqual(find("scale-out", { load: { percent: 82.5 }, rest: known })?.replicas, {
      before: 2,
      after: 3,
    });
  });

  it("stops at the class's bound, and at what a quota leaves", () => {
    const rules = freeRules("silver", { replicas: { min: 1, max: 3 } });
    assert.equal(find("scale-out", { rest: known }, rules)?.replicas?.after, 3);
    const quota = surroundings().quota;
    assert.ok(quota);
    const tight = { ...known, surroundings: surroundings({ quota: { ...quota, podsLeft: 1 } }) };
    assert.equal(find("scale-out", { rest: tight })?.replicas?.after, 3);
  });

  it("is what is chosen when the node has no room", () => {
    const containers = [{ ...container("app", "200m", "500m"), restartsOnResize: true }];
    const { chosen } = decide(situation({ pod: { containers }, rest: known }), freeRules());
    assert.equal(chosen, "scale-out");
  });
});

describe("scale-in", () => {
  const idle: Change = { load: low, rest: { ...known, usage: usage() } };
  it("is by one replica, when the others stay at the target", () => {
    const scaleIn = find("scale-in", idle);
    assert.deepEqual(scaleIn?.replicas, { before: 2, after: 1 });
    assert.deepEqual(scaleIn?.guards, []);
    assert.equal(decide(situation(idle), freeRules()).chosen, "scale-in");
  });

  it("is not listed when the others would be above it, or history is short, or asks for more", () => {
    assert.equal(find("scale-in", { ...idle, load: { percent: 40, band: "moderate" } }), undefined);
    const short = usage({}, { ratio: 0.1, isEnough: false });
    assert.equal(find("scale-in", { load: low, rest: { ...known, usage: short } }), undefined);
    const more = usage({ memory: advice("grow", 1) });
    assert.equal(find("scale-in", { load: low, rest: { ...known, usage: more } }), undefined);
    const one = workload({ replicas: { desired: 1, ready: 1, updated: 1, isScalable: true } });
    const alone = { ...known, usage: usage(), surroundings: surroundings({ workload: one }) };
    assert.equal(find("scale-in", { load: low, rest: alone }), undefined);
  });
});

describe("grow-volume", () => {
  const full = surroundings({
    volumes: [volume({ usedBytes: 9 * GIBIBYTE }), volume({ claim: "b" })],
  });
  it("is of the fullest, and is chosen when the load is calm", () => {
    const change: Change = { load: low, rest: { ...known, surroundings: full } };
    const grow = find("grow-volume", change);
    assert.deepEqual(grow?.volume, {
      claim: "data",
      beforeBytes: 10 * GIBIBYTE,
      afterBytes: 15 * GIBIBYTE,
    });
    const { chosen, reason } = decide(situation(change), freeRules());
    assert.equal(chosen, "grow-volume");
    assert.match(reason, /PersistentVolumeClaim data 10Gi→15Gi/);
  });

  it("waits while a high load can be relieved", () => {
    const { chosen } = decide(situation({ rest: { ...known, surroundings: full } }), freeRules());
    assert.equal(chosen, "resize");
  });

  it("is not listed while there is room, or nobody measures it", () => {
    for (const usedBytes of [8 * GIBIBYTE, null]) {
      const calm = surroundings({ volumes: [volume({ usedBytes })] });
      assert.equal(find("grow-volume", { rest: { ...known, surroundings: calm } }), undefined);
    }
  });
});
