import assert from "node:assert/strict";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";
import { call, eventually, merge, strategic } from "./http.ts";
import { object, realCluster, workload } from "./real-cluster.ts";

const template = (cpu: string) => ({
  metadata: { labels: { app: "custom" } },
  spec: { containers: [{ name: "app", image: "app:1", resources: { requests: { cpu } } }] },
});

describe("a new template", () => {
  let cluster: Cluster;
  before(async () => {
    const rollout = object("argoproj.io/v1alpha1", "Rollout", "canary", {
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "custom" } },
        template: template("100m"),
      },
    });
    const service = object("serving.knative.dev/v1", "Service", "hello", {
      spec: { template: { spec: { containers: [{ image: "hello:1" }] } } },
    });
    const annotations = { "scenario.vigie.dev/replicas": "1" };
    cluster = await startCluster({
      port: 0,
      scenario: realCluster({
        objects: [rollout, { ...service, metadata: { ...service.metadata, annotations } }],
        workloads: [
          workload("Deployment", "web", "100m", { replicas: 2 }),
          workload("StatefulSet", "db", "100m", { replicas: 2 }),
        ],
      }),
    });
  });
  after(() => cluster.close());

  const read = async (path: string) => (await call(cluster, "GET", path)).body;
  const requests = async (selector: string) => {
    const { items } = await read(
      `/api/v1/namespaces/shop/pods?labelSelector=${encodeURIComponent(selector)}`,
    );
    return items.map(
      (pod: { spec: { containers: { resources: { requests?: { cpu?: string } } }[] } }) =>
        pod.spec.containers[0]?.resources.requests?.cpu,
    );
  };

  for (const [plural, name] of [
    ["deployments", "web"],
    ["statefulsets", "db"],
  ] as const) {
    it(`rolls the pods of ${plural}`, async () => {
      const containers = [{ name: "app", resources: { requests: { cpu: "50m" } } }];
      const body = { spec: { template: { spec: { containers } } } };
      const path = `/apis/apps/v1/namespaces/shop/${plural}/${name}`;
      assert.equal((await call(cluster, "PATCH", path, { body, type: strategic })).code, 200);
      await eventually(async () => {
        assert.deepEqual(await requests(`app=${name}`), ["50m", "50m"]);
        const { status, metadata } = await read(path);
        assert.deepEqual(
          [status.updatedReplicas, status.readyReplicas, status.observedGeneration],
          [2, 2, metadata.generation],
        );
      });
    });
  }

  it("rolls an Argo Rollout, and says where it stands in Argo's words", async () => {
    const path = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/canary";
    const before = await read(path);
    assert.deepEqual([before.status.phase, before.status.observedGeneration], ["Healthy", "1"]);
    const body = [
      { op: "test", path: "/spec/template/spec/containers/0/name", value: "app" },
      {
        op: "replace",
        path: "/spec/template/spec/containers/0/resources/requests/cpu",
        value: "50m",
      },
    ];
    await call(cluster, "PATCH", path, { body, type: "application/json-patch+json" });
    await eventually(async () => {
      assert.deepEqual(await requests("app=custom"), ["50m", "50m"]);
      const { status } = await read(path);
      assert.equal(status.phase, "Healthy");
      assert.notEqual(status.stableRS, before.status.stableRS);
      assert.equal(status.stableRS, status.currentPodHash);
    });
  });

  it("scales an Argo Rollout by its scale", async () => {
    const path = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/canary/scale";
    const { code } = await call(cluster, "PATCH", path, {
      body: { spec: { replicas: 3 } },
      type: merge,
    });
    assert.equal(code, 200);
    await eventually(async () => assert.equal((await requests("app=custom")).length, 3));
  });

  it("makes a new Revision of a Knative Service", async () => {
    const path = "/apis/serving.knative.dev/v1/namespaces/shop/services/hello";
    await eventually(async () => {
      assert.equal((await read(path)).status.latestReadyRevisionName, "hello-00001");
    });
    const resources = { requests: { cpu: "50m" } };
    await call(cluster, "PATCH", path, {
      body: [{ op: "add", path: "/spec/template/spec/containers/0/resources", value: resources }],
      type: "application/json-patch+json",
    });
    await eventually(async () => {
      assert.equal((await read(path)).status.latestReadyRevisionName, "hello-00002");
      assert.deepEqual(await requests("serving.knative.dev/service=hello"), ["50m"]);
    });
  });
});
