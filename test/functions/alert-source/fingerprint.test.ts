import assert from "node:assert/strict";
import { fingerprintOf } from "../../../functions/alert-source/fingerprint.ts";

describe("fingerprintOf", () => {
  it("is what Alertmanager 0.25 answered for the same labels, in any order", () => {
    const labels = {
      summary: "é ü",
      resource: "cpu",
      alertname: "PodLoadHigh",
      namespace: "shop",
      pod: "cart-1",
    };
    assert.equal(fingerprintOf(labels), "c0b85152c9491518");
  });

  it("of no labels is the offset of FNV-1a", () => {
    assert.equal(fingerprintOf({}), "cbf29ce484222325");
  });
});
