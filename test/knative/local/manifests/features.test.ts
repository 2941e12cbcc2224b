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
const features = (data: Record<string, string>, namespace = "knative-serving") =>
  located({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "config-features", namespace },
    data,
  });
const nodeSelector = { nodeSelector: { a: "b" } };

describe("config-features among the manifests", () => {
  it("allows the placement that it turns on, which one machine leaves out", () => {
    const flag = features({ "kubernetes.podspec-nodeselector": "enabled" });
    const { services } = readWiring([service(nodeSelector), flag]);
    assert.equal(services.length, 1);
  });

  it("allows the retryAfterMax of Brokers and Triggers that Eventing's turns on", () => {
    const broker = (retryAfterMax: string) =>
      located({
        apiVersion: "eventing.knative.dev/v1",
        kind: "Broker",
        metadata: { name: "default" },
        spec: { delivery: { retryAfterMax } },
      });
    const max = (text: string, ...more: ReturnType<typeof located>[]) =>
      readWiring([broker(text), ...more]).brokers[0]?.delivery.retryAfterMaxMs;
    const on = { "delivery-retryafter": "enabled" };
    assert.equal(max("PT30S", features(on, "knative-eventing")), 30_000);
    assert.equal(max("PT0S", features(on, "knative-eventing")), null, "0 is none");
    const named = /spec\.delivery\.retryAfterMax: needs the feature delivery-retryafter/;
    assert.throws(() => max("PT30S"), named);
    assert.throws(() => max("PT30S", features(on)), named);
    assert.throws(() => max("30s", features(on, "knative-eventing")), /ISO-8601/);
  });

  it("allows the Broker in another namespace, and the filters of an ApiServerSource", () => {
    const trigger = located({
      apiVersion: "eventing.knative.dev/v1",
      kind: "Trigger",
      metadata: { name: "far", namespace: "lab" },
      spec: {
        brokerRef: {
          apiVersion: "eventing.knative.dev/v1",
          kind: "Broker",
          name: "b",
          namespace: "hub",
        },
        subscriber: { uri: "http://x.test/" },
      },
    });
    const source = located({
      apiVersion: "sources.knative.dev/v1",
      kind: "ApiServerSource",
      metadata: { name: "watch", namespace: "lab" },
      spec: {
        resources: [{ apiVersion: "v1", kind: "Pod" }],
        filters: [{ exact: { type: "a" } }],
        sink: { uri: "http://x.test/" },
      },
    });
    const flags = features(
      { "cross-namespace-event-links": "enabled", "new-apiserversource-filters": "enabled" },
      "knative-eventing",
    );
    const { triggers, apiServerSources } = readWiring([trigger, source, flags]);
    assert.deepEqual([triggers[0]?.broker, triggers[0]?.brokerNamespace], ["b", "hub"]);
    assert.deepEqual(apiServerSources[0]?.filters, [{ exact: { type: "a" } }]);
    assert.throws(
      () => readWiring([trigger]),
      /spec\.brokerRef\.namespace: needs the feature cross-/,
    );
    assert.throws(() => readWiring([source]), /spec\.filters: needs the feature new-apiserver/);
  });

  it("allows nothing else: a flag that is off, and another field, are refused by name", () => {
    const off = features({ "kubernetes.podspec-nodeselector": "disabled" });
    assert.throws(() => readWiring([service(nodeSelector), off]), /podspec-nodeselector/);
    assert.throws(() => readWiring([service(nodeSelector)]), /podspec-nodeselector/);
    const hosts = features({ "kubernetes.podspec-hostaliases": "enabled" });
    assert.throws(() => readWiring([service({ hostAliases: [] }), hosts]), /hostAliases/);
  });
});
