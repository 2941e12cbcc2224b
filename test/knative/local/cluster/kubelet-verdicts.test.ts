import assert from "node:assert/strict";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";
import { call, eventually, expectStatus, merge, strategic } from "./http.ts";
import { realCluster, workload } from "./real-cluster.ts";

type Condition = { type: string; reason?: string; observedGeneration: number };

const nodes = [
  { name: "good", cpu: "2", memory: "4Gi" },
  { name: "old", cpu: "2", memory: "4Gi", kubeletVersion: "v1.32.4" },
  { name: "silent", cpu: "2", memory: "4Gi", resize: "ignored" },
  { name: "broken", cpu: "2", memory: "4Gi", resize: "error" },
];
const on = (node: string, name = node, cpu = "100m") =>
  workload("Pod", name, cpu, { nodeSelector: { "kubernetes.io/hostname": node } });

describe("what a kubelet makes of a resize", () => {
  let cluster: Cluster;
  before(async () => {
    const workloads = [...nodes.map(({ name }) => on(name)), on("good", "neighbour", "1500m")];
    cluster = await startCluster({ port: 0, scenario: realCluster({ nodes, workloads }) });
  });
  after(() => cluster.close());

  const path = (name: string) => `/api/v1/namespaces/shop/pods/${name}`;
  const resize = (name: string, cpu: string) =>
    call(cluster, "PATCH", `${path(name)}/resize`, {
      body: {
        spec: {
          containers: [{ name: "app", resources: { requests: { cpu }, limits: { cpu } } }],
        },
      },
      type: strategic,
    });
  const read = async (name: string) => (await call(cluster, "GET", path(name))).body;
  const verdict = ({ status }: { status: { conditions: Condition[] } }) =>
    status.conditions
      .filter(({ type }) => type.startsWith("PodResize"))
      .map(({ type, reason }) => [type, reason]);
  const isDone = (name: string, cpu: string) =>
    eventually(async () => {
      const pod = await read(name);
      assert.deepEqual(verdict(pod), []);
      assert.equal(pod.status.containerStatuses[0].resources.requests.cpu, cpu);
      assert.equal(pod.status.observedGeneration, pod.metadata.generation);
    });
  const isDeferred = (name: string) =>
    eventually(async () => {
      assert.deepEqual(verdict(await read(name)), [["PodResizePending", "Deferred"]]);
    });

  it("is done", async () => {
    await resize("good", "200m");
    await isDone("good", "200m");
  });

  it("is deferred as long as a neighbour has the room, and done when it has gone", async () => {
    await resize("good", "600m");
    await isDeferred("good");
    await call(cluster, "DELETE", path("neighbour"), { body: { gracePeriodSeconds: 0 } });
    await isDone("good", "600m");
  });

  it("is infeasible for more than the node has", async () => {
    await resize("good", "5");
    await eventually(async () => {
      assert.deepEqual(verdict(await read("good")), [["PodResizePending", "Infeasible"]]);
    });
    await resize("good", "100m");
    await isDone("good", "100m");
  });

  it("is done for a sidecar, too", async () => {
    const sized = (name: string, cpu: string, more: object = {}) => ({
      name,
      image: "app:1",
      resources: { requests: { cpu } },
      ...more,
    });
    const side = (cpu: string) => sized("side", cpu, { restartPolicy: "Always" });
    const nodeSelector = { "kubernetes.io/hostname": "good" };
    const containers = [sized("app", "10m")];
    const spec = { nodeSelector, containers, initContainers: [side("10m")] };
    const made = { metadata: { name: "beside" }, spec };
    await call(cluster, "POST", "/api/v1/namespaces/shop/pods", { body: made });
    const given = () => read("beside").then((pod) => pod.status.initContainerStatuses?.[0]);
    await eventually(async () => assert.ok(await given()));
    const body = { spec: { initContainers: [side("20m")] } };
    await call(cluster, "PATCH", `${path("beside")}/resize`, { body, type: strategic });
    await eventually(async () => {
      assert.deepEqual(verdict(await read("beside")), []);
      const { resources, allocatedResources } = await given();
      assert.deepEqual([resources.requests.cpu, allocatedResources.cpu], ["20m", "20m"]);
    });
  });

  it("is refused for a pod on a node that is too old", async () => {
    expectStatus(await resize("old", "200m"), 422, /node without support for resize/);
  });

  it("is nothing at all while the kubelet does not look", async () => {
    const { body } = await resize("silent", "200m");
    await resize("broken", "200m");
    await eventually(async () => {
      assert.deepEqual(verdict(await read("broken")), [["PodResizeInProgress", "Error"]]);
    });
    const pod = await read("silent");
    assert.deepEqual(verdict(pod), []);
    assert.ok(pod.status.observedGeneration < body.metadata.generation);
  });

  it("is an error as long as the runtime fails, and done after", async () => {
    await call(cluster, "PATCH", "/api/v1/nodes/broken", {
      body: { metadata: { annotations: { "scenario.vigie.dev/resize": null } } },
      type: merge,
    });
    await isDone("broken", "200m");
  });
});
