import assert from "node:assert/strict";
import { WorkloadTally } from "../../../functions/label-scan/workloads.ts";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";

type Item = {
  namespace?: string;
  name: string;
  labels?: Record<string, string>;
  owner?: { apiVersion?: string; kind: string; name: string };
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

const EVERYWHERE = { namespaces: [] };
const POLICY = {
  optIn: [{ label: "fogsla", value: "ok" }],
  protectedNamespaces: ["kube-system"],
};

const tallyOf = (pods: readonly Item[]): WorkloadTally => {
  const tally = new WorkloadTally(POLICY);
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
    assert.deepEqual(await tallyOf([...cartPods, newer]).resolve(kube, EVERYWHERE, {}), [
      {
        apiVersion: "apps/v1",
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
    const [workload] = await tallyOf(pods).resolve(createFakeApi({}).kube, EVERYWHERE, {});
    assert.deepEqual(workload?.podLabels, { fogsla: "ok" });
  });

  it("answers a bare pod that has opted in at once, and keeps none", async () => {
    const tally = tallyOf([]);
    const [one, two] = [{ name: "one", labels: { fogsla: "ok" } }, { name: "two" }].map((pod) =>
      tally.addPod(toMetadata(pod)),
    );
    assert.deepEqual([one?.kind, one?.name, one?.pods, two], ["Pod", "one", 1, null]);
    assert.deepEqual(await tally.resolve(createFakeApi({}).kube, EVERYWHERE, {}), []);
  });

  it("stops at an owner of a kind that it does not know, or of another API's", async () => {
    const labels = { fogsla: "ok" };
    const pods: Item[] = [
      { name: "r-1", labels, owner: { apiVersion: "x.example/v1", kind: "Machine", name: "r" } },
      { name: "d-1", labels, owner: { apiVersion: "x.example/v1", kind: "Deployment", name: "d" } },
    ];
    const { kube } = createFakeApi({ "/apis/apps/v1/deployments": [{ name: "d" }] });
    const workloads = await tallyOf(pods).resolve(kube, EVERYWHERE, {});
    assert.deepEqual(
      workloads.map(({ kind, workloadLabels }) => [kind, workloadLabels]),
      [
        ["Machine", {}],
        ["Deployment", {}],
      ],
    );
  });

  it("climbs to the Argo Rollout and to the Knative Service", async () => {
    const argo = "argoproj.io/v1alpha1";
    const serving = "serving.knative.dev/v1";
    const owned = (name: string, apiVersion: string, kind: string, owner: string): Item => ({
      name,
      owner: { apiVersion, kind, name: owner },
    });
    const { kube } = createFakeApi({
      "/apis/apps/v1/replicasets": [
        owned("canary-1", argo, "Rollout", "canary"),
        owned("hello-1-a", "apps/v1", "Deployment", "hello-1"),
      ],
      "/apis/apps/v1/deployments": [owned("hello-1", serving, "Revision", "hello-1")],
      [`/apis/${argo}/rollouts`]: [{ name: "canary", labels: { fogsla: "ok" } }],
      [`/apis/${serving}/revisions`]: [owned("hello-1", serving, "Configuration", "hello")],
      [`/apis/${serving}/configurations`]: [owned("hello", serving, "Service", "hello")],
      [`/apis/${serving}/services`]: [{ name: "hello", labels: { fogsla: "ok" } }],
    });
    const pods = [
      owned("canary-1-x", "apps/v1", "ReplicaSet", "canary-1"),
      owned("hello-1-a-x", "apps/v1", "ReplicaSet", "hello-1-a"),
    ];
    const workloads = await tallyOf(pods).resolve(kube, EVERYWHERE, {});
    assert.deepEqual(
      workloads.map(({ kind, name, pods: count }) => [kind, name, count]),
      [
        ["Rollout", "canary", 1],
        ["Service", "hello", 1],
      ],
    );
  });

  it("finds what has opted in and sleeps, but in no protected namespace", async () => {
    const labels = { fogsla: "ok" };
    const { kube } = createFakeApi({
      "/apis/serving.knative.dev/v1/services": [
        { name: "hello", labels },
        { name: "other" },
        { name: "ours", namespace: "kube-system", labels },
      ],
    });
    assert.deepEqual(await tallyOf([]).resolve(kube, EVERYWHERE, {}), [
      {
        apiVersion: "serving.knative.dev/v1",
        kind: "Service",
        namespace: "shop",
        name: "hello",
        pods: 0,
        podLabels: {},
        workloadLabels: labels,
      },
    ]);
  });

  it("goes on where the cluster has no Argo Rollouts, and not where it has no Deployments", async () => {
    const missing = new KubeError({ httpStatus: 404, reason: "NotFound", message: "no such kind" });
    const without = (plural: string): KubeClient => ({
      ...createFakeApi({}).kube,
      request: <T>({ path }: KubeRequest) =>
        path.endsWith(plural)
          ? Promise.reject(missing)
          : Promise.resolve({ metadata: {}, items: [] } as T),
    });
    assert.deepEqual(await tallyOf([]).resolve(without("rollouts"), EVERYWHERE, {}), []);
    await assert.rejects(tallyOf([]).resolve(without("deployments"), EVERYWHERE, {}), missing);
  });

  it("asks for the owners of certain pods only, in the namespaces that were asked for", async () => {
    const { kube, paths } = createFakeApi({
      "/apis/apps/v1/namespaces/shop/replicasets": [{ name: "cart-5d" }],
    });
    await tallyOf(cartPods).resolve(kube, { namespaces: ["shop"], selector: "app=cart" }, {});
    assert.deepEqual(paths, ["/apis/apps/v1/namespaces/shop/replicasets"]);
  });

  it("tells workloads of one name in two namespaces apart", async () => {
    const owner = { kind: "DaemonSet", name: "agent" };
    const pods: Item[] = [
      { name: "agent-1", labels: { fogsla: "ok" }, owner },
      { name: "agent-1", labels: { fogsla: "ok" }, namespace: "other", owner },
    ];
    assert.equal((await tallyOf(pods).resolve(createFakeApi({}).kube, EVERYWHERE, {})).length, 2);
  });
});
