import assert from "node:assert/strict";
import type { KubeObject } from "../../../../knative/local/cluster/kube-object.ts";
import { readWiring } from "../../../../knative/local/manifests/wiring.ts";

const located = (object: KubeObject) => ({ object, file: "a.yaml", line: 1, lineOf: () => 1 });
const service = (spec: object) =>
  located({
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    metadata: { name: "placed", namespace: "lab" },
    spec: { template: { spec: { containers: [{ image: "dev.local/a" }], ...spec } } },
  });
const features = (data: Record<string, string>) =>
  located({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "config-features", namespace: "knative-serving" },
    data,
  });
const nodeSelector = { nodeSelector: { a: "b" } };

describe("config-features among the manifests", () => {
  it("allows the placement that it turns on, which one machine leaves out", () => {
    const flag = features({ "kubernetes.podspec-nodeselector": "enabled" });
    const { services } = readWiring([service(nodeSelector), flag]);
    assert.equal(services.length, 1);
  });

  it("allows nothing else: a flag that is off, and another field, are refused by name", () => {
    const off = features({ "kubernetes.podspec-nodeselector": "disabled" });
    assert.throws(() => readWiring([service(nodeSelector), off]), /podspec-nodeselector/);
    assert.throws(() => readWiring([service(nodeSelector)]), /podspec-nodeselector/);
    const hosts = features({ "kubernetes.podspec-hostaliases": "enabled" });
    assert.throws(() => readWiring([service({ hostAliases: [] }), hosts]), /hostAliases/);
  });
});
