import assert from "node:assert/strict";
import {
  competing,
  readAutoscalers,
  scaling,
} from "../../../functions/resource-patch/autoscalers.ts";
import type { KubeClient, KubeRequest } from "../../../shared/kube/client.ts";
import { KubeError } from "../../../shared/kube/error.ts";

describe("competing", () => {
  const owner = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };
  const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  const horizontal = (metric: object, scaleTargetRef = target) => ({
    horizontal: [
      { metadata: { name: "h" }, spec: { scaleTargetRef, metrics: [{ type: "x", ...metric }] } },
    ],
    vertical: [],
  });
  const vertical = (updateMode?: string, targetRef = target) => ({
    horizontal: [],
    vertical: [
      {
        metadata: { name: "v" },
        spec: { targetRef, ...(updateMode === undefined ? {} : { updatePolicy: { updateMode } }) },
      },
    ],
  });
  const names = (autoscalers: Parameters<typeof competing>[0]) =>
    competing(autoscalers, owner, "cpu").map(({ name }) => name);

  it("is an HPA that follows the resource, of the pod or of a container", () => {
    assert.deepEqual(names(horizontal({ resource: { name: "cpu" } })), ["h"]);
    assert.deepEqual(names(horizontal({ containerResource: { name: "cpu" } })), ["h"]);
    assert.deepEqual(names(horizontal({ resource: { name: "memory" } })), []);
    assert.deepEqual(names(horizontal({})), []);
  });

  it("is a VPA that resizes running pods", () => {
    for (const mode of [undefined, "Auto", "Recreate", "InPlaceOrRecreate", "InPlace"]) {
      assert.deepEqual(names(vertical(mode)), ["v"], mode);
    }
    for (const mode of ["Off", "Initial"]) assert.deepEqual(names(vertical(mode)), [], mode);
  });

  it("is not one of another workload", () => {
    for (const other of [
      { ...target, name: "other" },
      { ...target, kind: "StatefulSet" },
      { ...target, apiVersion: "example.com/v1" },
    ]) {
      assert.deepEqual(names(vertical("Auto", other)), []);
      assert.deepEqual(names(horizontal({ resource: { name: "cpu" } }, other)), []);
    }
    assert.deepEqual(names(vertical("Auto", { ...target, apiVersion: "apps/v1beta1" })), ["v"]);
  });
});

describe("scaling", () => {
  const owner = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" };
  const scaled = (scaleTargetRef?: { apiVersion?: string; kind?: string; name: string }) => ({
    horizontal: [],
    scaledObjects: [
      {
        metadata: { name: "s" },
        spec: scaleTargetRef === undefined ? {} : { scaleTargetRef },
      },
    ],
  });

  it("is an HPA, whatever it follows", () => {
    const spec = { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } };
    const found = scaling(
      { horizontal: [{ metadata: { name: "h" }, spec }], scaledObjects: [] },
      owner,
    );
    assert.deepEqual(found, [{ kind: "HorizontalPodAutoscaler", name: "h" }]);
  });

  it("is a ScaledObject, which speaks of a Deployment unless it says otherwise", () => {
    const found = [{ kind: "ScaledObject", name: "s" }];
    assert.deepEqual(scaling(scaled({ name: "web" }), owner), found);
    assert.deepEqual(scaling(scaled({ apiVersion: "", kind: "", name: "web" }), owner), found);
    const rollout = { ...owner, apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" };
    const { apiVersion, kind, name } = rollout;
    assert.deepEqual(scaling(scaled({ apiVersion, kind, name }), rollout), found);
  });

  it("is no ScaledObject of another workload, or of none", () => {
    for (const target of [{ name: "other" }, { kind: "StatefulSet", name: "web" }, undefined]) {
      assert.deepEqual(scaling(scaled(target), owner), []);
    }
  });
});

describe("readAutoscalers", () => {
  const api = (answer: (request: KubeRequest) => unknown): KubeClient => ({
    namespace: "default",
    request: <T>(request: KubeRequest) =>
      new Promise<T>((resolve) => {
        resolve(answer(request) as T);
      }),
    close: () => Promise.resolve(),
  });

  it("reads every page, and takes a cluster without VPA and KEDA for one that has none of theirs", async () => {
    const kube = api(({ path, query }) => {
      if (/autoscaling\.k8s\.io|keda\.sh/.test(path)) {
        throw new KubeError({ httpStatus: 404, reason: "NotFound", message: "no such API" });
      }
      return query?.["continue"] === "more"
        ? { metadata: {}, items: [{ metadata: { name: "b" } }] }
        : { metadata: { continue: "more" }, items: [{ metadata: { name: "a" } }] };
    });
    const { horizontal, vertical, scaledObjects } = await readAutoscalers(kube, "shop");
    assert.deepEqual(
      horizontal.map(({ metadata }) => metadata.name),
      ["a", "b"],
    );
    assert.deepEqual([vertical, scaledObjects], [[], []]);
  });

  it("does not guess when it may not look", async () => {
    const kube = api(() => {
      throw new KubeError({ httpStatus: 403, reason: "Forbidden", message: "no" });
    });
    await assert.rejects(readAutoscalers(kube, "shop"), { httpStatus: 403 });
  });
});
