import assert from "node:assert/strict";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";
import { readWorkload } from "../../../shared/kube/owners.ts";
import { createRecent } from "../../../shared/kube/recent.ts";

type Metadata = { uid: string; labels?: Record<string, string>; ownerReferences?: object[] };

describe("readWorkload", () => {
  const owned = (apiVersion: string, kind: string, name: string, uid = name) => ({
    ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
  });
  const api = (objects: Record<string, Metadata>): KubeClient => ({
    namespace: "default",
    request<T>({ path }: { path: string }): Promise<T> {
      const metadata = objects[path.slice(path.lastIndexOf("/") + 1)];
      const missing = { httpStatus: 404, reason: "NotFound", message: "not found" };
      return metadata === undefined
        ? Promise.reject(new KubeError(missing))
        : Promise.resolve({ metadata } as T);
    },
    close: () => Promise.resolve(),
  });
  const pod = { namespace: "shop", name: "web-1-2", labels: { app: "web" } };
  const kindOf = async (kube: KubeClient, references: object) => {
    const { owner, labels } = await readWorkload(kube, { ...pod, ...references }, createRecent());
    return [owner.kind, owner.name, labels];
  };

  it("goes from ReplicaSet to Deployment", async () => {
    const kube = api({
      "web-1": { uid: "web-1", ...owned("apps/v1", "Deployment", "web") },
      web: { uid: "web", labels: { fogsla: "ok" } },
    });
    const end = await kindOf(kube, owned("apps/v1", "ReplicaSet", "web-1"));
    assert.deepEqual(end, ["Deployment", "web", { fogsla: "ok" }]);
  });

  it("goes from Job to CronJob", async () => {
    const kube = api({
      "nightly-1": { uid: "nightly-1", ...owned("batch/v1", "CronJob", "nightly") },
      nightly: { uid: "nightly" },
    });
    const end = await kindOf(kube, owned("batch/v1", "Job", "nightly-1"));
    assert.deepEqual(end, ["CronJob", "nightly", {}]);
  });

  it("is the pod itself when nobody owns it", async () => {
    assert.deepEqual(await kindOf(api({}), {}), ["Pod", "web-1-2", { app: "web" }]);
  });

  it("ends at a kind that we do not know", async () => {
    const kube = api({ "web-1": { uid: "web-1", ...owned("argoproj.io/v1", "Rollout", "web") } });
    const end = await kindOf(kube, owned("apps/v1", "ReplicaSet", "web-1"));
    assert.deepEqual(end, ["Rollout", "web", {}]);
  });

  it("ends at an owner that has gone, or was replaced by another of its name", async () => {
    const references = owned("apps/v1", "ReplicaSet", "web-1", "old");
    assert.deepEqual(await kindOf(api({}), references), ["ReplicaSet", "web-1", {}]);
    const replaced = api({ "web-1": { uid: "new", labels: { fogsla: "ok" } } });
    assert.deepEqual(await kindOf(replaced, references), ["ReplicaSet", "web-1", {}]);
  });

  it("does not follow a ring for ever", async () => {
    const kube = api({ a: { uid: "a", ...owned("apps/v1", "ReplicaSet", "a") } });
    assert.deepEqual((await kindOf(kube, owned("apps/v1", "ReplicaSet", "a")))[1], "a");
  });

  it("believes an owner that is read already if the uid is that of the reference", async () => {
    const references = owned("apps/v1", "Deployment", "web", "7");
    const told = async (uid: string) => {
      const known = () => Promise.resolve({ uid, labels: { fogsla: "told" } });
      const kube = api({ web: { uid: "7", labels: { fogsla: "read" } } });
      return (await readWorkload(kube, { ...pod, ...references }, createRecent(), known)).labels;
    };
    assert.deepEqual(await told("7"), { fogsla: "told" });
    assert.deepEqual(await told("6"), { fogsla: "read" });
  });

  it("passes on what is no 404", async () => {
    const busy: KubeClient = {
      ...api({}),
      request: () =>
        Promise.reject(new KubeError({ httpStatus: 403, reason: "Forbidden", message: "no" })),
    };
    await assert.rejects(kindOf(busy, owned("apps/v1", "ReplicaSet", "a")), { httpStatus: 403 });
  });
});
