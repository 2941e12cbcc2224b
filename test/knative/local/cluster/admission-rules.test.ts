import assert from "node:assert/strict";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";
import { call, eventually, expectStatus, merge, strategic } from "./http.ts";
import { ManualClock } from "./manual-clock.ts";
import { object, realCluster, workload } from "./real-cluster.ts";

const core = "/api/v1/namespaces/shop";
const apps = "/apis/apps/v1/namespaces/shop";

const pod = (name: string, resources: object, spec: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: "app", image: "app:1", resources }], ...spec },
});

describe("admission of pods and claims", () => {
  let cluster: Cluster;
  const start = async (objects: object[], workloads: object[] = []) => {
    cluster = await startCluster({ port: 0, scenario: realCluster({ objects, workloads }) });
  };
  afterEach(() => cluster.close());

  const post = (plural: string, body: object) =>
    call(cluster, "POST", `${core}/${plural}`, { body });
  const read = async (path: string) => (await call(cluster, "GET", path)).body;

  it("gives a pod the sizes and the class of service that a LimitRange says", async () => {
    const limits = [{ type: "Container", max: { cpu: "1" }, defaultRequest: { memory: "32Mi" } }];
    await start([object("v1", "LimitRange", "l", { spec: { limits } })]);
    const { body } = await post("pods", pod("silent", {}));
    assert.deepEqual(body.spec.containers[0].resources, {
      requests: { cpu: "1", memory: "32Mi" },
      limits: { cpu: "1" },
    });
    assert.equal(body.status.qosClass, "Burstable");
  });

  it("refuses by minimum, ratio and the sum of a pod", async () => {
    const limits = [
      { type: "Container", min: { cpu: "50m" }, maxLimitRequestRatio: { cpu: "2" } },
      { type: "Pod", max: { memory: "100Mi" } },
    ];
    await start([object("v1", "LimitRange", "l", { spec: { limits } })]);
    const size = { requests: { cpu: "10m", memory: "1Mi" }, limits: { cpu: "1", memory: "200Mi" } };
    const answer = await post("pods", pod("big", size));
    expectStatus(answer, 403, /minimum cpu usage per Container is 50m, but request is 10m/);
    expectStatus(answer, 403, /cpu max limit to request ratio per Container is 2, but provided/);
    expectStatus(answer, 403, /maximum memory usage per Pod is 100Mi, but limit is 209715200/);
  });

  it("refuses a pod that does not say what a quota counts, and keeps the quota's status", async () => {
    const hard = { "requests.cpu": "150m", pods: "5" };
    await start([object("v1", "ResourceQuota", "q", { spec: { hard } })]);
    expectStatus(
      await post("pods", pod("silent", {})),
      403,
      /failed quota: q: must specify requests.cpu for: app/,
    );
    await post("pods", pod("first", { requests: { cpu: "100m" } }));
    expectStatus(
      await post("pods", pod("second", { requests: { cpu: "100m" } })),
      403,
      /exceeded quota: q, requested: requests.cpu=100m, used: requests.cpu=100m, limited: requests.cpu=150m/,
    );
    await eventually(async () => {
      const { status } = await read(`${core}/resourcequotas/q`);
      assert.deepEqual(status, { hard, used: { "requests.cpu": "100m", pods: "1" } });
    });
  });

  it("stops a new template at the quota, says so, and goes on when there is room", async () => {
    const hard = { "requests.cpu": "150m" };
    await start(
      [object("v1", "ResourceQuota", "q", { spec: { hard } })],
      [workload("Deployment", "web")],
    );
    const containers = [{ name: "app", resources: { requests: { cpu: "60m" } } }];
    const body = { spec: { template: { spec: { containers } } } };
    await call(cluster, "PATCH", `${apps}/deployments/web`, { body, type: strategic });
    await eventually(async () => {
      const { items } = await read(`${core}/events`);
      const texts = items.map((event: { message: string }) => event.message);
      assert.ok(texts.some((text: string) => /Error creating: .*exceeded quota: q/.test(text)));
    });
    await eventually(async () => {
      const { status } = await read(`${apps}/deployments/web`);
      assert.deepEqual([status.updatedReplicas, status.availableReplicas], [0, 1]);
    });
    await call(cluster, "PATCH", `${core}/resourcequotas/q`, {
      body: { spec: { hard: { "requests.cpu": "1" } } },
      type: merge,
    });
    await eventually(async () => {
      const done = (await read(`${apps}/deployments/web`)).status;
      assert.deepEqual([done.updatedReplicas, done.replicas], [1, 1]);
    });
  });

  it("turns the name of a PriorityClass into a priority, and refuses an unknown one", async () => {
    const metadata = { name: "vip" };
    await start([
      { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata, value: 7 },
    ]);
    const made = await post("pods", pod("vip", {}, { priorityClassName: "vip" }));
    assert.equal(made.body.spec.priority, 7);
    expectStatus(
      await post("pods", pod("x", {}, { priorityClassName: "nobody" })),
      403,
      /no PriorityClass with name nobody was found/,
    );
  });

  it("keeps count of a PodDisruptionBudget, and holds an eviction up", async () => {
    const spec = { minAvailable: 1, selector: { matchLabels: { app: "web" } } };
    await start(
      [object("policy/v1", "PodDisruptionBudget", "b", { spec })],
      [workload("Deployment", "web", "100m", { replicas: 2 })],
    );
    const allowed = async (count: number) =>
      eventually(async () => {
        const { status } = await read("/apis/policy/v1/namespaces/shop/poddisruptionbudgets/b");
        assert.equal(status.disruptionsAllowed, count);
      });
    await allowed(1);
    await call(cluster, "PATCH", `${apps}/deployments/web/scale`, {
      body: { spec: { replicas: 1 } },
      type: merge,
    });
    await allowed(0);
    const { items } = await read(`${core}/pods?labelSelector=app%3Dweb`);
    const alive = items.find((each: { metadata: { deletionTimestamp?: string } }) => {
      return each.metadata.deletionTimestamp === undefined;
    });
    const { name } = alive.metadata;
    const evict = { body: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } } };
    expectStatus(
      await call(cluster, "POST", `${core}/pods/${name}/eviction`, evict),
      429,
      /would violate the pod's disruption budget/,
    );
  });
});

describe("growing a claim", () => {
  const claim = (name: string, storageClassName: string) =>
    object("v1", "PersistentVolumeClaim", name, {
      spec: {
        storageClassName,
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      },
    });
  const storageClass = (name: string, allowVolumeExpansion: boolean, expansion?: string) => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name,
      ...(expansion === undefined
        ? {}
        : { annotations: { "scenario.vigie.dev/expansion": expansion } }),
    },
    provisioner: "p",
    allowVolumeExpansion,
  });
  const clock = new ManualClock();
  let cluster: Cluster;
  before(async () => {
    const objects = [
      storageClass("fixed", false),
      storageClass("failing", true, "fails"),
      storageClass("offline", true, "offline"),
      ...["standard", "fixed", "failing", "offline"].map((name) => claim(name, name)),
    ];
    cluster = await startCluster({ port: 0, clock, scenario: realCluster({ objects }) });
  });
  after(() => cluster.close());

  const path = (name: string) => `${core}/persistentvolumeclaims/${name}`;
  const grow = (name: string, storage: string) =>
    call(cluster, "PATCH", path(name), {
      body: { spec: { resources: { requests: { storage } } } },
      type: merge,
    });
  const status = async (name: string) => (await call(cluster, "GET", path(name))).body.status;

  it("takes a while, and is done when the capacity is there", async () => {
    const { code } = await grow("standard", "2Gi");
    assert.equal(code, 200);
    const seen = await status("standard");
    assert.deepEqual([seen.capacity.storage, seen.conditions[0].type], ["1Gi", "Resizing"]);
    clock.advance(1_000);
    const { capacity, conditions } = await status("standard");
    assert.deepEqual([capacity.storage, conditions], ["2Gi", []]);
    expectStatus(await grow("standard", "1Gi"), 422, /can not be less than status.capacity/);
  });

  it("is refused where the class does not allow it", async () => {
    expectStatus(await grow("fixed", "2Gi"), 403, /the storageclass .* must support resize/);
  });

  for (const [name, condition] of [
    ["failing", "ControllerResizeError"],
    ["offline", "FileSystemResizePending"],
  ] as const) {
    it(`ends with ${condition} where the scenario says so`, async () => {
      await grow(name, "2Gi");
      clock.advance(1_000);
      const { capacity, conditions } = await status(name);
      assert.deepEqual([capacity.storage, conditions[0].type], ["1Gi", condition]);
    });
  }
});
