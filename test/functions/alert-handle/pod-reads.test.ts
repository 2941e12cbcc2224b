import assert from "node:assert/strict";
import { createPodReads } from "../../../functions/alert-handle/pod-reads.ts";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { accountToken } from "../account.ts";
import { clientWith } from "../account-client.ts";
import { startOwnedPods } from "../owned-pods.ts";

const LIST = "/api/v1/namespaces/shop/pods";

/** A namespace of pods that exist, whatever their name; `listed` are those the list knows. */
function createApi(options: { listed: readonly string[]; mayList?: boolean }) {
  const requests: KubeRequest[] = [];
  const podOf = (name: string) => ({
    metadata: {
      namespace: "shop",
      name,
      uid: `${name}-uid`,
      resourceVersion: "1",
      annotations: { long: name === "wordy" ? "x".repeat(10_000) : "" },
      managedFields: [{}],
    },
  });
  const kube: KubeClient = {
    namespace: "default",
    async request<T>(request: KubeRequest): Promise<T> {
      requests.push(request);
      await new Promise(setImmediate);
      if (request.path !== LIST) {
        return podOf(request.path.slice(request.path.lastIndexOf("/") + 1)) as T;
      }
      if (options.mayList === false) {
        throw new KubeError({ httpStatus: 403, reason: "Forbidden", message: "no" });
      }
      const items = options.listed.map((name) => request.pick?.(podOf(name)));
      return { metadata: {}, items } as T;
    },
    async close() {},
  };
  const count = (path: string) => requests.filter((request) => request.path === path).length;
  return { kube, requests, lists: () => count(LIST) };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `pod-${index}`);
const readAll = (reads: ReturnType<typeof createPodReads>, of: readonly string[]) =>
  Promise.all(of.map((name) => reads.read("shop", name)));

describe("createPodReads", () => {
  it("reads a few pods one by one, and a storm of them from one list", async () => {
    const api = createApi({ listed: names(100) });
    let nowMs = 0;
    const reads = createPodReads(api.kube, () => nowMs);
    const few = await readAll(reads, names(8));
    assert.ok(few.every(({ isLive }) => isLive));
    nowMs = 250;
    assert.equal((await reads.read("shop", "pod-8")).isLive, true);
    assert.equal(api.lists(), 0);
    nowMs = 500;
    const many = await readAll(reads, names(100));
    assert.equal(api.lists(), 1);
    assert.equal(api.requests.length, 9 + 8 + 1);
    assert.equal(many.filter(({ isLive }) => !isLive).length, 92);
    assert.deepEqual(
      many.map(({ pod }) => pod.name),
      names(100),
    );
    assert.ok(many.every(({ pod, isLive }) => isLive || !("managedFields" in pod)));
  });

  it("gives a pod of a list once, then reads it anew: it has been written since", async () => {
    const api = createApi({ listed: names(20) });
    const reads = createPodReads(api.kube);
    await readAll(reads, names(20));
    assert.equal((await reads.read("shop", "pod-19")).isLive, true);
  });

  it("forgets a list after 2 s", async () => {
    let nowMs = 0;
    const api = createApi({ listed: names(40) });
    const reads = createPodReads(api.kube, () => nowMs);
    await readAll(reads, names(20));
    assert.equal((await reads.read("shop", "pod-30")).isLive, false);
    nowMs = 2_001;
    assert.equal((await reads.read("shop", "pod-31")).isLive, true);
  });

  it("reads what the list leaves out, and everything when it may not list", async () => {
    const partial = createApi({ listed: [...names(9), "wordy"] });
    const found = await readAll(createPodReads(partial.kube), [...names(12), "wordy"]);
    assert.equal(found.filter(({ isLive }) => !isLive).length, 1);
    assert.equal(found.at(-1)?.pod.name, "wordy");
    const refused = createApi({ listed: [], mayList: false });
    const all = await readAll(createPodReads(refused.kube), names(30));
    assert.ok(all.every(({ isLive }) => isLive));
    assert.equal(refused.lists(), 1);
  });
});

describe("createPodReads on the simulated cluster", function () {
  this.timeout(20_000);

  it("lists a storm's pods with the rights that knative/base gives alert-handle", async () => {
    const owned = await startOwnedPods({});
    const kube = clientWith(owned.cluster, accountToken(owned.cluster, "alert-handle"));
    try {
      const reads = createPodReads(kube, () => 0);
      const pods = [...owned.pods.values()].map(({ metadata }) => metadata.name);
      const asked = Array.from({ length: 10 }, (_, index) => pods[index % pods.length] ?? "");
      const found = await readAll(reads, asked);
      assert.deepEqual(
        found.map(({ pod }) => pod.name),
        asked,
      );
      assert.ok(kube.requests.some(({ path }) => path === LIST));
    } finally {
      await kube.close();
      await owned.cluster.close();
    }
  });
});
