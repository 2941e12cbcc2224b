import assert from "node:assert/strict";
import type { Pod } from "../../../../functions/resource-patch/pod-facts.ts";
import { readSurroundings } from "../../../../functions/resource-patch/surroundings/read-surroundings.ts";
import type { Owner } from "../../../../shared/events/load.ts";
import { Surroundings } from "../../../../shared/events/surroundings.ts";
import type { KubeClient } from "../../../../shared/kube/client.ts";
import { KubeError } from "../../../../shared/kube/error.ts";
import { createRecent, type Recent } from "../../../../shared/kube/recent.ts";
import { readWorkload, type Workload } from "../../../../shared/kube/owners.ts";
import { accountToken } from "../../account.ts";
import { clientWith, type CountingClient } from "../../account-client.ts";
import { type OwnedPods, startOwnedPods } from "../../owned-pods.ts";

const MiB = 2 ** 20;
const GiB = 2 ** 30;
/** As the function has it, and a timer never ends sooner. */
const CLUSTER_PATIENCE_MS = 400;
const shop = { namespace: "shop" };

describe("readSurroundings", () => {
  let owned: OwnedPods;
  let kube: CountingClient;
  let recent: Recent;
  before(async () => {
    owned = await startOwnedPods({
      nodes: [
        { name: "one", cpu: "2", memory: "4Gi", pressures: ["MemoryPressure"] },
        { name: "two", cpu: "8", memory: "16Gi", unschedulable: true },
        { name: "three", cpu: "4", memory: "8Gi", taints: [{ key: "x", effect: "NoSchedule" }] },
      ],
      objects: [
        {
          apiVersion: "v1",
          kind: "LimitRange",
          metadata: { name: "l", ...shop },
          spec: {
            limits: [
              { type: "Container", max: { cpu: "1" }, maxLimitRequestRatio: { cpu: "20" } },
              { type: "Pod", max: { memory: "1Gi" } },
            ],
          },
        },
        {
          apiVersion: "v1",
          kind: "ResourceQuota",
          metadata: { name: "q", ...shop },
          spec: { hard: { "requests.memory": "10Gi", pods: "20" } },
        },
        {
          apiVersion: "policy/v1",
          kind: "PodDisruptionBudget",
          metadata: { name: "web", ...shop },
          spec: { maxUnavailable: 1, selector: { matchLabels: { app: "web" } } },
        },
      ],
    });
  });
  after(() => owned?.cluster.close());
  beforeEach(() => {
    kube = clientWith(owned.cluster, accountToken(owned.cluster, "resource-patch"));
    recent = createRecent();
  });
  afterEach(() => kube?.close());

  /** However long the list of all pods takes on a busy machine. */
  const movable = (workload: Workload) => ({ ...workload, mayMove: true, isRoomNeeded: true });
  const podOf = (kind: string): Pod => owned.podOf(kind);
  const around = async (kind: string) => {
    const pod = podOf(kind);
    return await readSurroundings(
      { kube, recent },
      pod,
      movable(await readWorkload(kube, pod.metadata, recent)),
    );
  };

  it("knows node, rules and workload of a Deployment's pod", async () => {
    const facts = await around("Deployment");
    assert.deepEqual(Surroundings.parse(facts), facts);
    const { node, workload, ...rest } = facts;
    assert.ok(node);
    assert.deepEqual(
      [node.name, node.isSchedulable, node.pressures, node.kubeletVersion, node.allocatable],
      ["one", true, ["MemoryPressure"], "1.35.0", { cpuMillis: 1900, memoryBytes: 3840 * MiB }],
    );
    assert.ok(node.requested.cpuMillis >= 300 && node.requested.cpuMillis <= 1900);
    const none = { cpuMillis: null, memoryBytes: null };
    assert.deepEqual(
      { ...rest, quota: { ...rest.quota, requestsLeft: null } },
      {
        serverVersion: "1.35",
        otherNodesFree: [],
        containerLimits: {
          min: none,
          max: { cpuMillis: 1000, memoryBytes: null },
          maxLimitRequestRatio: { cpuMillis: 20, memoryBytes: null },
        },
        podLimits: { min: none, max: { cpuMillis: null, memoryBytes: GiB } },
        quota: { requestsLeft: null, limitsLeft: none, podsLeft: rest.quota?.podsLeft },
        disruptionBudgets: [{ name: "web", disruptionsAllowed: 1 }],
        volumes: [],
      },
    );
    assert.deepEqual(workload, {
      replicas: { desired: 2, ready: 2, updated: 2, isScalable: true },
      isRollingOut: false,
      isPaused: false,
      gitOps: null,
      annotations: workload?.annotations,
    });
  });

  it("knows the claims of a StatefulSet's pod, and whether they may grow", async () => {
    assert.deepEqual((await around("StatefulSet")).volumes, [
      {
        claim: "data-db-0",
        storageClass: "standard",
        requestedBytes: GiB,
        capacityBytes: GiB,
        usedBytes: null,
        allowsExpansion: true,
        condition: null,
      },
    ]);
  });

  it("knows every kind of workload", async () => {
    for (const kind of owned.pods.keys()) {
      const { workload } = await around(kind);
      assert.ok(workload, kind);
      assert.equal(workload.isRollingOut, false, kind);
    }
  });

  it("asks 9 requests for a pod, and one each for those that follow on its node", async () => {
    const pod = podOf("Deployment");
    const workload = movable(await readWorkload(kube, pod.metadata, createRecent()));
    kube.requests.length = 0;
    await readSurroundings({ kube, recent }, pod, workload);
    assert.equal(kube.requests.length, 9);
    const storm = Array.from({ length: 50 }, () =>
      readSurroundings({ kube, recent }, pod, workload),
    );
    await Promise.all(storm);
    assert.equal(kube.requests.length, 9 + 50);
  });

  it("asks each question once when a storm comes all at once", async () => {
    const pod = podOf("Deployment");
    const workload = movable(await readWorkload(kube, pod.metadata, createRecent()));
    kube.requests.length = 0;
    await Promise.all(
      Array.from({ length: 50 }, () => readSurroundings({ kube, recent }, pod, workload)),
    );
    assert.equal(kube.requests.length, 8 + 50);
  });

  it("has null for what it may not read, and no failure", async () => {
    const stranger = clientWith(owned.cluster, owned.cluster.tokenFor("shop", "stranger"));
    try {
      const owner: Owner = { apiVersion: "apps/v1", kind: "Deployment", name: "web", ...shop };
      assert.deepEqual(
        await readSurroundings({ kube: stranger, recent }, podOf("StatefulSet"), {
          owner,
          mayMove: true,
        }),
        {
          serverVersion: "1.35",
          node: null,
          otherNodesFree: null,
          containerLimits: null,
          podLimits: null,
          quota: null,
          disruptionBudgets: null,
          workload: null,
          volumes: null,
        },
      );
    } finally {
      await stranger.close();
    }
  });

  it("has null for a workload that is named in no way a kind can be", async () => {
    const pod = podOf("Deployment");
    const owner = { apiVersion: "apps/../../api/v1", kind: "Deployment", name: "web", ...shop };
    const { workload } = await readSurroundings({ kube, recent }, pod, { owner, mayMove: true });
    assert.equal(workload, null);
    assert.ok(kube.requests.every(({ path }) => !path.includes("..")));
  });

  it("passes a transient fault on, and asks again the next time", async () => {
    let isAway = true;
    const failing: KubeClient = {
      ...kube,
      request<T>(request: Parameters<KubeClient["request"]>[0]): Promise<T> {
        const busy = { httpStatus: 429, reason: "TooManyRequests", message: "busy" };
        return isAway && request.path.endsWith("/resourcequotas")
          ? Promise.reject(new KubeError(busy))
          : kube.request<T>(request);
      },
    };
    const pod = podOf("Pod");
    const workload = movable(await readWorkload(kube, pod.metadata, createRecent()));
    await assert.rejects(readSurroundings({ kube: failing, recent }, pod, workload), {
      code: "KUBE_BUSY",
    });
    isAway = false;
    assert.ok((await readSurroundings({ kube: failing, recent }, pod, workload)).quota);
  });

  it("does not wait long for the list of all pods of a large cluster", async () => {
    const pod = podOf("Pod");
    const slow: KubeClient = {
      ...kube,
      request<T>(request: Parameters<KubeClient["request"]>[0]): Promise<T> {
        const isAll = request.query?.["fieldSelector"]?.startsWith("spec.nodeName!=") === true;
        return isAll ? new Promise<T>(() => {}) : kube.request<T>(request);
      },
    };
    const facts = await readSurroundings({ kube: slow, recent }, pod, {
      ...(await readWorkload(kube, pod.metadata, recent)),
      mayMove: true,
    });
    assert.equal(facts.otherNodesFree, null);
    assert.ok(facts.node);
    const startedMs = performance.now();
    for (let next = 0; next < 10; next += 1) {
      await readSurroundings({ kube: slow, recent }, pod, {
        owner: { ...shop, apiVersion: "v1", kind: "Pod", name: "x" },
        mayMove: true,
      });
    }
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs < 10 * CLUSTER_PATIENCE_MS, "the next ones do not wait again, each");
  });

  it("waits for that list where nothing can be done without it", async () => {
    const pod = podOf("Pod");
    const slow: KubeClient = {
      ...kube,
      async request<T>(request: Parameters<KubeClient["request"]>[0]): Promise<T> {
        const isAll = request.query?.["fieldSelector"]?.startsWith("spec.nodeName!=") === true;
        if (isAll) await new Promise((done) => setTimeout(done, 1.5 * CLUSTER_PATIENCE_MS));
        return await kube.request<T>(request);
      },
    };
    const { owner } = await readWorkload(kube, pod.metadata, recent);
    const needing = { owner, mayMove: true, isRoomNeeded: true };
    const { otherNodesFree } = await readSurroundings({ kube: slow, recent }, pod, needing);
    assert.notEqual(otherNodesFree, null);
  });
});
