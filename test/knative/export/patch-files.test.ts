import assert from "node:assert/strict";
import { parse } from "yaml";
import { toExport } from "../../../knative/export/patch-files.ts";
import type { Workloads } from "../../../knative/export/resized-pods.ts";
import type { SizedPod } from "../../../knative/export/workload-sizes.ts";

const pods: SizedPod[] = [
  {
    containers: [
      { kind: "container", name: "app", requests: { cpu: "1" }, limits: {} },
      { kind: "sidecar", name: "proxy", requests: { cpu: "200m" }, limits: { cpu: "2" } },
    ],
    decided: [
      { resource: "cpu", container: "app", kind: "container" },
      { resource: "cpu", container: "proxy", kind: "sidecar" },
    ],
  },
];
const workloads = (...owners: [apiVersion: string, kind: string][]): Workloads =>
  new Map(
    owners.map(([apiVersion, kind]) => [
      kind,
      { owner: { apiVersion, kind, namespace: "shop", name: "cart" }, pods },
    ]),
  );

describe("toExport", () => {
  it("puts the sizes where each kind has its pod", () => {
    const { files } = toExport(workloads(["apps/v1", "StatefulSet"], ["batch/v1", "CronJob"]));
    const podSpec = {
      containers: [{ name: "app", resources: { requests: { cpu: "1" } } }],
      initContainers: [
        { name: "proxy", resources: { requests: { cpu: "200m" }, limits: { cpu: "2" } } },
      ],
    };
    assert.deepEqual(parse(files.get("shop/statefulset-cart.yaml") ?? ""), {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "cart" },
      spec: { template: { spec: podSpec } },
    });
    const { spec } = parse(files.get("shop/cronjob-cart.yaml") ?? "") as { spec: object };
    assert.deepEqual(spec, { jobTemplate: { spec: { template: { spec: podSpec } } } });
  });

  it("leaves out what kustomize would break or the API refuse, with the reason", () => {
    const { files, leftOut } = toExport(
      workloads(
        ["argoproj.io/v1alpha1", "Rollout"],
        ["batch/v1", "Job"],
        ["serving.knative.dev/v1", "Service"],
      ),
    );
    assert.equal(files.size, 0);
    assert.deepEqual(
      leftOut.map(({ owner, reason }) => [owner.kind, reason.split(",")[0]]),
      [
        ["Job", "the template of a Job cannot be changed"],
        ["Rollout", "kustomize has no schema of a Rollout"],
        ["Service", "kustomize has no schema of a Service"],
      ],
    );
  });
});
