import assert from "node:assert/strict";
import { DEFAULT_POLICY } from "../../shared/policy-default.ts";
import { narrow, policyAnnotations } from "../../shared/policy-override.ts";
import { rulesFor } from "../../shared/policy-rules.ts";

const silver = rulesFor(DEFAULT_POLICY, "silver").class;
const one = (field: string, value: string) => narrow(silver, [{ [`vigie.dev/${field}`]: value }]);

describe("annotations that narrow a class", () => {
  it("leave it as it is when there are none", () => {
    assert.deepEqual(narrow(silver, [{}, { other: "x", "vigie.dev/load": "high" }]), {
      policy: silver,
      faults: [],
    });
  });

  it("set what they name, the pod's after the workload's after the namespace's", () => {
    const { policy, faults } = narrow(silver, [
      { "vigie.dev/mode": "approve", "vigie.dev/policy.cpu.maxMillis": "2000" },
      { "vigie.dev/policy.allowedActions": "resize, grow-volume" },
      { "vigie.dev/mode": "recommend", "vigie.dev/policy.cooldownUpSeconds": "600" },
    ]);
    assert.deepEqual(faults, []);
    assert.equal(policy.mode, "recommend");
    assert.equal(policy.cpu.maxMillis, 2000);
    assert.deepEqual(policy.allowedActions, ["resize", "grow-volume"]);
    assert.equal(policy.cooldownUpSeconds, 600);
  });

  it("cannot widen what others have narrowed", () => {
    const { faults } = narrow(silver, [
      { "vigie.dev/mode": "recommend" },
      {},
      { "vigie.dev/mode": "auto" },
    ]);
    assert.match(faults[0] ?? "", /mode=auto: does more than mode recommend/);
  });

  const bad: [field: string, value: string, why: RegExp][] = [
    ["mode", "yolo", /must be auto, approve or recommend/],
    ["policy.allowedActions", "patch-owner", /the class does not allow patch-owner/],
    ["policy.allowedActions", "delete", /delete is no action/],
    ["policy.cooldownUpSeconds", "10", /from 60 to 86400/],
    ["policy.cooldownDownSeconds", "-1", /must be a whole number/],
    ["policy.cpu.maxMillis", "8000", /from 10 to 4000/],
    ["policy.cpu.minMillis", "1", /from 10 to 4000/],
    ["policy.memory.maxMebibytes", "1e3", /must be a whole number/],
    ["policy.memory.minMebibytes", "", /must be a whole number/],
    ["policy.memory.canShrink", "true", /can only be false/],
    ["policy.replicas.max", "11", /from 1 to 10/],
    ["policy.replicas.min", "0", /from 1 to 10/],
    ["policy.weights.relief", "1", /is no field that an annotation may set/],
    ["policy.__proto__", "1", /is no field that an annotation may set/],
    ["policy.constructor", "1", /is no field that an annotation may set/],
  ];
  for (const [field, value, why] of bad) {
    it(`are not taken, and said to be bad: ${field}=${value}`, () => {
      const { policy, faults } = one(field, value);
      assert.equal(policy, silver);
      assert.equal(faults.length, 1);
      assert.match(faults[0] ?? "", why);
    });
  }

  it("are bad together when they contradict each other", () => {
    const { faults } = narrow(silver, [
      { "vigie.dev/policy.cpu.maxMillis": "100" },
      { "vigie.dev/policy.cpu.minMillis": "200" },
    ]);
    assert.equal(faults.length, 1);
  });

  it("are told once when workload and pod say the same", () => {
    const bad = { "vigie.dev/mode": "AUTO" };
    assert.equal(narrow(silver, [{}, bad, bad]).faults.length, 1);
  });

  it("are told shortened", () => {
    assert.ok((one("mode", "x".repeat(5000)).faults[0] ?? "").length < 200);
  });

  it("are kept with a situation, and no others", () => {
    const ours = { "vigie.dev/mode": "auto", "vigie.dev/policy.x": "1" };
    assert.deepEqual(policyAnnotations({ ...ours, "vigie.dev/sla": "gold", a: "b" }), ours);
  });
});
