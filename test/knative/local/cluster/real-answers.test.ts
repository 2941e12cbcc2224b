import assert from "node:assert/strict";
import { parseScenario } from "../../../../knative/local/cluster/scenario.ts";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import { readRows, replay } from "./real-answers.ts";

const standard = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "standard" },
  provisioner: "p",
  allowVolumeExpansion: true,
};

// Recorded on 2026-11-21 from kube-apiserver 1.36.3 with etcd 3.4.23, RBAC and its usual admission.
describe("what a real API server answered, the simulated one answers too", function () {
  this.timeout(30_000);
  for (const file of [
    "crud",
    "lists",
    "workloads",
    "pods",
    "identity",
    "paths",
    "custom",
    "apply",
  ]) {
    const rows = readRows(file);
    const count = rows.filter(({ answer }) => answer !== undefined).length;
    it(`${file}: ${count} requests`, async () => {
      const scenario = parseScenario({
        nodes: [{ name: "one", cpu: "4", memory: "8Gi" }],
        objects: [standard],
      });
      const cluster = await startCluster({ port: 0, scenario });
      try {
        assert.deepEqual(await replay(cluster, rows), []);
      } finally {
        await cluster.close();
      }
    });
  }
});
