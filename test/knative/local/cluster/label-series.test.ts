import assert from "node:assert/strict";
import { labelSeries } from "../../../../knative/local/cluster/label-series.ts";

describe("labelSeries", () => {
  it("names labels as kube-state-metrics does", () => {
    assert.deepEqual(labelSeries({ "vigie.dev/sla": "gold", app: "cart" }), {
      label_app: "cart",
      label_vigie_dev_sla: "gold",
    });
  });

  it("tells apart what comes to one name", () => {
    assert.deepEqual(labelSeries({ a_b: "3", "a-b": "1", "a.b": "2", c: "4" }), {
      label_a_b_conflict1: "1",
      label_a_b_conflict2: "2",
      label_a_b_conflict3: "3",
      label_c: "4",
    });
  });
});
