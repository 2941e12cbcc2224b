import assert from "node:assert/strict";
import { strategicMergePatch } from "../../../../../knative/local/cluster/patch/strategic-merge.ts";

const pod = {
  spec: {
    containers: [
      { name: "a", image: "a:1", env: [{ name: "X", value: "1" }] },
      { name: "b", image: "b:1" },
    ],
    tolerations: [{ key: "t" }],
  },
};

describe("strategicMergePatch", () => {
  it("merges containers by name and leaves the others", () => {
    const patched = strategicMergePatch(pod, {
      spec: { containers: [{ name: "b", image: "b:2" }] },
    });
    assert.deepEqual(patched["spec"], {
      ...pod.spec,
      containers: [pod.spec.containers[0], { name: "b", image: "b:2" }],
    });
  });

  it("merges environment variables inside a container", () => {
    const patched = strategicMergePatch(pod, {
      spec: { containers: [{ name: "a", env: [{ name: "Y", value: "2" }] }] },
    });
    assert.deepEqual(Object(patched["spec"]).containers[0].env, [
      { name: "Y", value: "2" },
      { name: "X", value: "1" },
    ]);
  });

  it("adds a container with a new name", () => {
    const patched = strategicMergePatch(pod, {
      spec: { containers: [{ name: "c", image: "c:1" }] },
    });
    assert.equal(Object(patched["spec"]).containers.length, 3);
  });

  it("deletes an item with $patch: delete", () => {
    const patched = strategicMergePatch(pod, {
      spec: { containers: [{ name: "a", $patch: "delete" }] },
    });
    assert.deepEqual(Object(patched["spec"]).containers, [pod.spec.containers[1]]);
  });

  it("orders items with $setElementOrder", () => {
    const patched = strategicMergePatch(pod, {
      spec: { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] },
    });
    const names = Object(patched["spec"]).containers.map((item: { name: string }) => item.name);
    assert.deepEqual(names, ["b", "a"]);
  });

  it("replaces a list that has no merge key", () => {
    const patched = strategicMergePatch(pod, { spec: { tolerations: [{ key: "u" }] } });
    assert.deepEqual(Object(patched["spec"]).tolerations, [{ key: "u" }]);
  });

  it("refuses an item without its merge key", () => {
    assert.throws(
      () => strategicMergePatch(pod, { spec: { containers: [{ image: "x" }] } }),
      /does not contain declared merge key: name/,
    );
  });
});
