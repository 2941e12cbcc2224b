import assert from "node:assert/strict";
import { competing, readAutoscalers } from "../../../functions/resource-patch/autoscalers.ts";
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

describe("readAutoscalers", () => {
  const api = (answer: (request: KubeRequest) => unknown): KubeClient => ({
    namespace: "default",
    request: <T>(request: KubeRequest) =>
      new Promise<T>((resolve) => {
        resolve(answer(request) as T);
      }),
    close: () => Promise.resolve(),
  });

  it("reads every page, and takes a cluster without VPAs for one that has none", async () => {
    const kube = api(({ path, query }) => {
      if (path.includes("autoscaling.k8s.io")) {
        throw new KubeError({ httpStatus: 404, reason: "NotFound", message: "no such API" });
      }
      return query?.["continue"] === "more"
        ? { metadata: {}, items: [{ metadata: { name: "b" } }] }
        : { metadata: { continue: "more" }, items: [{ metadata: { name: "a" } }] };
    });
    const { horizontal, vertical } = await readAutoscalers(kube, "shop");
    assert.deepEqual(
      horizontal.map(({ metadata }) => metadata.name),
      ["a", "b"],
    );
    assert.deepEqual(vertical, []);
  });

  it("does not guess when it may not look", async () => {
    const kube = api(() => {
      throw new KubeError({ httpStatus: 403, reason: "Forbidden", message: "no" });
    });
    await assert.rejects(readAutoscalers(kube, "shop"), { httpStatus: 403 });
  });
});
