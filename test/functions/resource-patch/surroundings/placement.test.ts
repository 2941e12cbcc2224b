import assert from "node:assert/strict";
import { mayRunOn } from "../../../../functions/resource-patch/surroundings/placement.ts";
import { pod } from "./objects.ts";

const node = (spec: object = {}, ready = "True") => ({
  metadata: { name: "one", labels: { disk: "ssd", cores: "8" } },
  spec,
  status: { conditions: [{ type: "Ready", status: ready }] },
});
const may = (spec: object, on = node()) => mayRunOn(pod(spec).spec, on);
const affinity = (...matchExpressions: object[]) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  },
});

describe("mayRunOn", () => {
  it("is false for a node that is cordoned or not ready", () => {
    assert.equal(may({}), true);
    assert.equal(may({}, node({ unschedulable: true })), false);
    assert.equal(may({}, node({}, "Unknown")), false);
  });

  it("is false for a taint that the pod does not tolerate", () => {
    const tainted = node({ taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] });
    assert.equal(may({}, tainted), false);
    for (const toleration of [
      { operator: "Exists" },
      { key: "gpu", operator: "Exists" },
      { key: "gpu", value: "yes" },
      { key: "gpu", value: "yes", effect: "NoSchedule" },
    ]) {
      assert.equal(may({ tolerations: [toleration] }, tainted), true, JSON.stringify(toleration));
    }
    for (const toleration of [
      { key: "gpu", value: "no" },
      { key: "other", operator: "Exists" },
      { key: "gpu", operator: "Exists", effect: "NoExecute" },
    ]) {
      assert.equal(may({ tolerations: [toleration] }, tainted), false, JSON.stringify(toleration));
    }
    assert.equal(may({}, node({ taints: [{ key: "x", effect: "PreferNoSchedule" }] })), true);
  });

  it("follows the node selector and the required affinity", () => {
    assert.equal(may({ nodeSelector: { disk: "ssd" } }), true);
    assert.equal(may({ nodeSelector: { disk: "hdd" } }), false);
    assert.equal(may({ nodeSelector: { constructor: "x" } }), false);
    const lines: [object, boolean][] = [
      [{ key: "disk", operator: "In", values: ["ssd"] }, true],
      [{ key: "disk", operator: "NotIn", values: ["ssd"] }, false],
      [{ key: "zone", operator: "NotIn", values: ["a"] }, true],
      [{ key: "zone", operator: "Exists" }, false],
      [{ key: "zone", operator: "DoesNotExist" }, true],
      [{ key: "cores", operator: "Gt", values: ["4"] }, true],
      [{ key: "cores", operator: "Lt", values: ["4"] }, false],
      [{ key: "zone", operator: "Gt", values: ["4"] }, false],
    ];
    for (const [line, expected] of lines) {
      assert.equal(may(affinity(line)), expected, JSON.stringify(line));
    }
    assert.equal(may(affinity()), false, "a term without lines takes no node");
  });
});
