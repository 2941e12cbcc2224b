import assert from "node:assert/strict";
import { WorkloadTally } from "../../../functions/label-scan/workloads.ts";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";

type Item = {
  namespace?: string;
  name: string;
  labels?: Record<string, string>;
  owner?: { kind: string; name: string };
};

const toMetadata = ({ owner, ...item }: Item) => ({
  namespace: "shop",
  uid: item.name,
  ...item,
  ...(owner === undefined
    ? {}
    : { ownerReferences: [{ apiVersion: "apps/v1", controller: true, ...owner }] }),
});

/** Answers one page per path; what is not given is empty. */
function createFakeApi(items: Record<string, readonly Item[]>) {
  const paths: string[] = [];
  const kube: KubeClient = {
    namespace: "vigie",
    request<T>({ path, pick }: KubeRequest): Promise<T> {
      paths.push(path);
      const metadata = (items[path] ?? []).map((item) => pick?.({ metadata: toMetadata(item) }));
      return Promise.resolve({ metadata: {}, items: metadata } as T);
    },
    close: () => Promise.resolve(),
  };
  return { kube, paths };
}

const tallyOf = (pods: readonly Item[]): WorkloadTally => {
  const tally = new WorkloadTally((labels) => labels["fogsla"] === "ok");
  for (const pod of pods) tally.addPod(toMetadata(pod));
  return tally;
};

const cartPods: readonly Item[] = ["cart-1", "cart-2"].map((name) => ({
  name,
  owner: { kind: "ReplicaSet", name: "cart-5d" },
}));

describe("WorkloadTally", () => {
  it("sums pods up by the Deployment that owns their ReplicaSets", async () => {
    const { kube } = createFakeApi({
      "/apis/apps/v1/replicasets": [
        { name: "cart-5d", owner: { kind: "Deployment", name: "cart" } },
        { name: "cart-6e", owner: { kind: "Deployment", name: "cart" } },
      ],
      "/apis/apps/v1/deployments": [{ name: "cart", labels: { fogsla: "ok" } }],
    });
    const newer: Item = { name: "cart-3", owner: { kind: "ReplicaSet", name: "cart-6e" } };
    assert.deepEqual(await tallyOf([...cartPods, newer]).resolve(kube, [], {}), [
      {
        kind: "Deployment",
        namespace: "shop",
        name: "cart",
        pods: 3,
        podLabels: {},
        workloadLabels: { fogsla: "ok" },
      },
    ]);
  });

  it("keeps the labels of a pod that has opted in, whichever came first", async () => {
    const owner = { kind: "StatefulSet", name: "db" };
    const pods: Item[] = [
      { name: "db-0", owner },
      { name: "db-1", owner, labels: { fogsla: "ok" } },
      { name: "db-2", owner },
    ];
    const [workload] = await tallyOf(pods).resolve(createFakeApi({}).kube, [], {});
    assert.deepEqual(workload?.podLabels, { fogsla: "ok" });
  });

  it("keeps a bare pod only when it has opted in", async () => {
    const pods: Item[] = [{ name: "one", labels: { fogsla: "ok" } }, { name: "two" }];
    const workloads = await tallyOf(pods).resolve(createFakeApi({}).kube, [], {});
    assert.deepEqual(
      workloads.map(({ kind, name }) => `${kind} ${name}`),
      ["Pod one"],
    );
  });

  it("stops at an owner of a kind that it does not know", async () => {
    const pods: Item[] = [{ name: "r-1", owner: { kind: "Rollout", name: "r" } }];
    const { kube, paths } = createFakeApi({});
    const [workload] = await tallyOf(pods).resolve(kube, [], {});
    assert.equal(workload?.kind, "Rollout");
    assert.deepEqual(paths, []);
  });

  it("lists only the kinds that occur, in the namespaces that were asked for", async () => {
    const { kube, paths } = createFakeApi({
      "/apis/apps/v1/namespaces/shop/replicasets": [{ name: "cart-5d" }],
    });
    await tallyOf(cartPods).resolve(kube, ["shop"], {});
    assert.deepEqual(paths, ["/apis/apps/v1/namespaces/shop/replicasets"]);
  });

  it("tells workloads of one name in two namespaces apart", async () => {
    const owner = { kind: "DaemonSet", name: "agent" };
    const pods: Item[] = [
      { name: "agent-1", owner },
      { name: "agent-1", namespace: "other", owner },
    ];
    assert.equal((await tallyOf(pods).resolve(createFakeApi({}).kube, [], {})).length, 2);
  });
});
