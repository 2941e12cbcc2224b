import assert from "node:assert/strict";
import { counted } from "../../shared/counted.ts";

describe("counted", () => {
  it("says one of one, and more of none and of many", () => {
    const pods = [0, 1, 2].map((count) => counted(count, "pod"));
    assert.deepEqual(pods, ["0 pods", "1 pod", "2 pods"]);
    assert.equal(counted(1, "replica is", "replicas are"), "1 replica is");
    assert.equal(counted(3, "replica is", "replicas are"), "3 replicas are");
  });
});
