import assert from "node:assert/strict";
import { gitOpsOf } from "../../../../functions/resource-patch/surroundings/git-ops.ts";
import {
  workloadFacts,
  type WorkloadObject,
} from "../../../../functions/resource-patch/surroundings/rollout.ts";

const facts = (apiVersion: string, kind: string, object: Partial<WorkloadObject>) => {
  const found = workloadFacts({ apiVersion, kind }, { metadata: { generation: 2 }, ...object });
  assert.ok(found);
  return found;
};

describe("workloadFacts", () => {
  it("says of a Deployment whether it is rolling out, and whether it is paused", () => {
    const rolling = (status: object) =>
      facts("apps/v1", "Deployment", {
        spec: { replicas: 2 },
        status: { observedGeneration: 2, replicas: 2, updatedReplicas: 2, ...status },
      }).isRollingOut;
    assert.equal(rolling({}), false);
    assert.equal(rolling({ readyReplicas: 0 }), false, "a pod that fails is no rollout");
    assert.equal(rolling({ observedGeneration: 1 }), true);
    assert.equal(rolling({ updatedReplicas: 1 }), true);
    assert.equal(rolling({ replicas: 3 }), true);
    assert.equal(facts("apps/v1", "Deployment", { spec: { paused: true } }).isPaused, true);
  });

  it("lets a StatefulSet keep old pods below its partition, and with OnDelete", () => {
    const rolling = (updatedReplicas: number, updateStrategy?: object) =>
      facts("apps/v1", "StatefulSet", {
        spec: { replicas: 3, ...(updateStrategy === undefined ? {} : { updateStrategy }) },
        status: { observedGeneration: 2, replicas: 3, updatedReplicas },
      }).isRollingOut;
    assert.equal(rolling(3), false);
    assert.equal(rolling(1), true);
    assert.equal(rolling(1, { type: "RollingUpdate", rollingUpdate: { partition: 2 } }), false);
    assert.equal(rolling(0, { type: "OnDelete" }), false);
  });

  it("counts a DaemonSet by its nodes, and cannot scale it", () => {
    const { replicas, isRollingOut } = facts("apps/v1", "DaemonSet", {
      status: {
        observedGeneration: 2,
        desiredNumberScheduled: 3,
        numberReady: 2,
        updatedNumberScheduled: 1,
      },
    });
    assert.deepEqual(replicas, { desired: 3, ready: 2, updated: 1, isScalable: false });
    assert.equal(isRollingOut, true);
  });

  it("knows when an Argo Rollout is between two versions", () => {
    const rollout = (status: object) =>
      facts("argoproj.io/v1alpha1", "Rollout", {
        spec: { replicas: 1 },
        status: { observedGeneration: "2", updatedReplicas: 1, currentPodHash: "a", ...status },
      });
    assert.equal(rollout({ stableRS: "a" }).isRollingOut, false);
    assert.equal(rollout({ stableRS: "b" }).isRollingOut, true);
    assert.equal(rollout({ stableRS: "a", pauseConditions: [{}] }).isPaused, true);
  });

  it("knows when a Knative Service waits for its latest Revision", () => {
    const service = (latestReadyRevisionName: string) =>
      facts("serving.knative.dev/v1", "Service", {
        status: {
          observedGeneration: 2,
          latestCreatedRevisionName: "hello-00002",
          latestReadyRevisionName,
        },
      });
    assert.equal(service("hello-00001").isRollingOut, true);
    assert.equal(service("hello-00002").isRollingOut, false);
    assert.equal(service("hello-00002").replicas, null);
  });

  it("takes a suspended CronJob for paused, and does not know other kinds", () => {
    assert.equal(facts("batch/v1", "CronJob", { spec: { suspend: true } }).isPaused, true);
    assert.equal(workloadFacts({ apiVersion: "x/v1", kind: "Y" }, { metadata: {} }), null);
  });
});

describe("gitOpsOf", () => {
  const flux = "kustomize.toolkit.fluxcd.io";
  const table: [string, Parameters<typeof gitOpsOf>[0], ReturnType<typeof gitOpsOf>][] = [
    ["nobody", { managedFields: [{ manager: "kubectl-client-side-apply" }, {}] }, null],
    [
      "Argo CD by its tracking id",
      { annotations: { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web" } },
      { tool: "Argo CD", object: "Application shop" },
    ],
    [
      "Argo CD by its label",
      { labels: { "argocd.argoproj.io/instance": "shop" } },
      { tool: "Argo CD", object: "Application shop" },
    ],
    [
      "Flux by its labels",
      { labels: { [`${flux}/name`]: "apps", [`${flux}/namespace`]: "flux-system" } },
      { tool: "Flux", object: "Kustomization flux-system/apps" },
    ],
    [
      "a HelmRelease of Flux before Helm",
      {
        labels: { "helm.toolkit.fluxcd.io/name": "web", "app.kubernetes.io/managed-by": "Helm" },
      },
      { tool: "Flux", object: "HelmRelease web" },
    ],
    [
      "Helm",
      {
        labels: { "app.kubernetes.io/managed-by": "Helm" },
        annotations: { "meta.helm.sh/release-name": "web" },
      },
      { tool: "Helm", object: "release web" },
    ],
    [
      "a field manager",
      { managedFields: [{ manager: "kustomize-controller" }] },
      { tool: "Flux", object: null },
    ],
  ];
  for (const [who, object, expected] of table) {
    it(`finds ${who}`, () => assert.deepEqual(gitOpsOf(object), expected));
  }
});
