import assert from "node:assert/strict";
import { changesOf } from "../../../../knative/local/live/changes.ts";
import type { Located } from "../../../../knative/local/manifests/load.ts";

const located = (kind: string, name: string, spec: object, line = 1): Located => ({
  object: { apiVersion: "eventing.knative.dev/v1", kind, metadata: { name }, spec },
  file: "a.yaml",
  line,
  lineOf: () => line,
});

describe("changesOf", () => {
  it("names what was added, changed and removed, and not what has moved", () => {
    const before = [
      located("Broker", "a", {}),
      located("Trigger", "b", { broker: "a" }),
      located("Trigger", "c", {}),
    ];
    const after = [
      located("Broker", "a", {}, 9),
      located("Trigger", "b", { broker: "z" }),
      located("Broker", "c", {}),
    ];
    assert.deepEqual(changesOf(before, after), [
      "Trigger b changed",
      "Broker c added",
      "Trigger c removed",
    ]);
    assert.deepEqual(changesOf(after, after), []);
  });
});
