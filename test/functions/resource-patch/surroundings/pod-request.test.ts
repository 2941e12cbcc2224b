import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isOver,
  podRequest,
} from "../../../../functions/resource-patch/surroundings/pod-request.ts";
import { container, pod } from "./objects.ts";

const MiB = 2 ** 20;
const cpuOf = (spec: object, status: object = {}) => podRequest(pod(spec, { status })).cpuMillis;

describe("podRequest", () => {
  it("sums the containers and adds the overhead", () => {
    const spec = {
      containers: [container("100m", "64Mi"), container("1", "1Gi", { name: "other" })],
      overhead: { cpu: "10m", memory: "1Mi" },
    };
    assert.deepEqual(podRequest(pod(spec)), { cpuMillis: 1110, memoryBytes: 1089 * MiB });
  });

  it("takes the peak of the init containers where it is higher", () => {
    assert.equal(cpuOf({ initContainers: [container("500m", "1Mi")] }), 500);
    assert.equal(cpuOf({ initContainers: [container("50m", "1Mi")] }), 100);
  });

  it("runs sidecars beside the containers, and beside the init containers after them", () => {
    const sidecar = container("30m", "1Mi", { name: "side", restartPolicy: "Always" });
    assert.equal(cpuOf({ initContainers: [sidecar] }), 130);
    assert.equal(cpuOf({ initContainers: [sidecar, container("500m", "1Mi")] }), 530);
    assert.equal(cpuOf({ initContainers: [container("500m", "1Mi"), sidecar] }), 500);
  });

  it("counts the largest of asked, given and run with while a resize is on its way", () => {
    const containerStatuses = [
      {
        name: "app",
        allocatedResources: { cpu: "150m", memory: "64Mi" },
        resources: { requests: { cpu: "200m", memory: "64Mi" } },
      },
    ];
    assert.equal(cpuOf({}, { containerStatuses }), 200);
    const wanted = { containers: [container("900m", "64Mi")] };
    assert.equal(cpuOf(wanted, { containerStatuses }), 900);
    const conditions = [{ type: "PodResizePending", status: "True", reason: "Infeasible" }];
    assert.equal(cpuOf(wanted, { containerStatuses, conditions }), 200);
  });

  it("believes a size given for the whole pod", () => {
    const { cpuMillis, memoryBytes } = podRequest(pod({ resources: { requests: { cpu: "3" } } }));
    assert.deepEqual([cpuMillis, memoryBytes], [3000, 64 * MiB]);
  });

  it("is never below what any container asks for", () => {
    const millis = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(fc.array(millis, { minLength: 1 }), fc.array(millis), (running, init) => {
        const of = (list: number[]) =>
          list.map((cpu, n) => container(`${cpu}m`, "0", { name: `c${n}` }));
        const request = cpuOf({ containers: of(running), initContainers: of(init) });
        assert.equal(
          request,
          Math.max(
            0,
            running.reduce((a, b) => a + b, 0),
            ...init,
          ),
        );
      }),
    );
  });

  it("is over when a pod has succeeded or failed", () => {
    const phases = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];
    assert.deepEqual(
      phases.filter((phase) => isOver(pod({}, { status: { phase } }))),
      ["Succeeded", "Failed"],
    );
  });
});
