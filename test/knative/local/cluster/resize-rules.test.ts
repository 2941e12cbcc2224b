import assert from "node:assert/strict";
import { resizeCauses } from "../../../../knative/local/cluster/resize-rules.ts";
import { serverVersion } from "../../../../knative/local/cluster/server-version.ts";
import { judgeResize } from "../../../../knative/local/cluster/resize-verdict.ts";
import type { ContainerResources, Pod } from "../../../../knative/local/cluster/workload-types.ts";

const pod = (resources: ContainerResources, extra: object = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "default" },
  spec: { containers: [{ name: "app", resources }], ...extra },
});
const burstable = {
  requests: { cpu: "100m", memory: "64Mi" },
  limits: { cpu: "500m", memory: "128Mi" },
};

const LATEST = serverVersion("v1.35.0");

describe("resizeCauses", () => {
  const messages = (after: ContainerResources): string[] =>
    resizeCauses(pod(burstable), pod(after), LATEST).map(({ message }) => message);

  it("allows more CPU", () => {
    assert.deepEqual(messages({ ...burstable, limits: { cpu: "1", memory: "128Mi" } }), []);
  });
  const table: [string, ContainerResources, RegExp][] = [
    [
      "a removed limit",
      { ...burstable, limits: { memory: "128Mi" } },
      /resource limits cannot be removed/,
    ],
    [
      "a removed request",
      { ...burstable, requests: { cpu: "100m" } },
      /resource requests cannot be removed/,
    ],
    [
      "another resource",
      { ...burstable, limits: { ...burstable.limits, gpu: "1" } },
      /only cpu and memory resources are mutable/,
    ],
    [
      "a request over the limit",
      { ...burstable, requests: { cpu: "600m", memory: "64Mi" } },
      /must be less than or equal to cpu limit of 500m/,
    ],
    [
      "another QoS class",
      { requests: burstable.limits, limits: burstable.limits },
      /Pod QOS Class may not change as a result of resizing/,
    ],
    [
      "what is no quantity",
      { ...burstable, limits: { cpu: "lots", memory: "128Mi" } },
      /quantities must match/,
    ],
  ];
  for (const [title, after, message] of table) {
    it(`refuses ${title}`, () => assert.match(messages(after).join("\n"), message));
  }

  it("refuses pods on Windows", () => {
    const windows = pod(burstable, { os: { name: "windows" } });
    const [cause] = resizeCauses(windows, windows, LATEST);
    assert.match(cause?.message ?? "", /windows pods cannot be resized/);
  });

  it("lowers memory limits from 1.34 on, and before that with a restart only", () => {
    const container = (memory: string, restartPolicy: string) => {
      const limits = { ...burstable.limits, memory };
      const resizePolicy = [{ resourceName: "memory", restartPolicy }];
      return pod(
        {},
        {
          containers: [{ name: "app", resources: { ...burstable, limits }, resizePolicy }],
        },
      );
    };
    const causes = (text: string, restartPolicy: string, memory = "96Mi") =>
      resizeCauses(
        container("128Mi", restartPolicy),
        container(memory, restartPolicy),
        serverVersion(text),
      );
    assert.match(
      causes("v1.33.4", "NotRequired")[0]?.message ?? "",
      /memory limits cannot be decreased unless resizePolicy is RestartContainer/,
    );
    assert.deepEqual(causes("v1.33.4", "RestartContainer"), []);
    assert.deepEqual(causes("v1.33.4", "NotRequired", "256Mi"), []);
    assert.deepEqual(causes("v1.34.0", "NotRequired"), []);
  });
});

describe("judgeResize", () => {
  const node = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n" },
    status: { allocatable: { cpu: "2", memory: "4Gi" } },
  };
  const wants = (cpu: string): Pod => pod({ requests: { cpu } });
  it("fits within what is left", () => {
    assert.deepEqual(judgeResize(wants("500m"), node, { cpuMillis: 1500, memoryBytes: 0 }), {
      kind: "fits",
    });
  });
  it("defers what does not fit now", () => {
    assert.deepEqual(judgeResize(wants("501m"), node, { cpuMillis: 1500, memoryBytes: 0 }), {
      kind: "deferred",
      message: "Node didn't have enough resource: cpu, requested: 501, used: 1500, capacity: 2000",
    });
  });
  it("calls infeasible what can never fit", () => {
    assert.deepEqual(judgeResize(wants("3"), node, { cpuMillis: 0, memoryBytes: 0 }), {
      kind: "infeasible",
      message: "Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000",
    });
  });
});
