import assert from "node:assert/strict";
import fc from "fast-check";
import { unknownFields } from "../../../../knative/local/cluster/known-fields.ts";
import { defaultScenario } from "../../../../knative/local/cluster/scenario-default.ts";
import { deployments, knownResource, pods } from "../../../../knative/local/cluster/resources.ts";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import { call } from "./http.ts";

describe("unknownFields", () => {
  it("names what no such object has by its path", () => {
    const spec = {
      containers: [{ name: "a", resources: { limit: {} } }, { nmae: "b" }],
      tolerations: [{ whatever: 1 }],
    };
    assert.deepEqual(unknownFields({ kind: "Pod", spec, sepc: {} }, pods), [
      "spec.containers[0].resources.limit",
      "spec.containers[1].nmae",
      "sepc",
    ]);
    const template = { metadata: { label: {} }, spec: { containers: [] } };
    const deployment = { spec: { template, selector: { matchLabel: {} }, strategy: { typ: "" } } };
    assert.deepEqual(unknownFields(deployment, deployments), [
      "spec.template.metadata.label",
      "spec.selector.matchLabel",
      "spec.strategy.typ",
    ]);
  });

  it("knows nothing of the kinds that are not written here, and takes anything for them", () => {
    assert.deepEqual(unknownFields({ x: 1 }, knownResource("v1", "ConfigMap")), []);
  });

  it("says ten at the most, whatever it is given", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (spec) => {
        const found = unknownFields({ spec }, deployments);
        assert.ok(found.length <= 10 && found.every((path) => path.length <= 200));
      }),
    );
  });

  it("finds nothing in what the simulated cluster itself has", async () => {
    const cluster = await startCluster({ port: 0, scenario: defaultScenario });
    try {
      const kinds = [
        ["v1", "Pod", "/api/v1/pods"],
        ["apps/v1", "Deployment", "/apis/apps/v1/deployments"],
        ["apps/v1", "ReplicaSet", "/apis/apps/v1/replicasets"],
        ["apps/v1", "StatefulSet", "/apis/apps/v1/statefulsets"],
        ["apps/v1", "DaemonSet", "/apis/apps/v1/daemonsets"],
      ] as const;
      for (const [apiVersion, kind, path] of kinds) {
        const { body } = await call(cluster, "GET", path);
        const { items } = body as { items: object[] };
        assert.ok(items.length > 0, kind);
        const resource = knownResource(apiVersion, kind);
        assert.deepEqual(
          items.flatMap((item) => unknownFields(item, resource)),
          [],
        );
      }
    } finally {
      await cluster.close();
    }
  });
});
