import assert from "node:assert/strict";
import fc from "fast-check";
import { type SizedPod, sizesOf } from "../../../knative/export/workload-sizes.ts";
import { parseCpuMillis } from "../../../shared/quantity.ts";

const pod = (cpu: string | null, isDecided: boolean): SizedPod => ({
  containers: [
    {
      kind: "container",
      name: "app",
      requests: cpu === null ? {} : { cpu, memory: "64Mi" },
      limits: cpu === null ? {} : { cpu },
    },
    { kind: "container", name: "other", requests: { cpu: "9" }, limits: {} },
  ],
  decided: isDecided ? [{ resource: "cpu", container: "app", kind: "container" }] : [],
});
const cpuOf = (pods: readonly SizedPod[]) => sizesOf(pods)[0]?.resources;

describe("sizesOf", () => {
  it("says of a container what was decided, and nothing else", () => {
    assert.deepEqual(sizesOf([pod("818m", true), pod("400m", false)]), [
      {
        kind: "container",
        name: "app",
        resources: { requests: { cpu: "818m" }, limits: { cpu: "818m" } },
      },
    ]);
  });

  it("lowers a template only when every pod runs with less", () => {
    assert.deepEqual(cpuOf([pod("100m", true), pod("400m", false)])?.limits, { cpu: "400m" });
    assert.deepEqual(cpuOf([pod("100m", true), pod("150m", true)])?.limits, { cpu: "150m" });
  });

  it("compares what quantities are worth", () => {
    assert.deepEqual(cpuOf([pod("1500m", true), pod("2", true)])?.limits, { cpu: "2" });
  });

  it("writes no size where none is set", () => {
    assert.deepEqual(cpuOf([pod(null, true)]), {});
  });

  it("never gives a template less than a pod runs with", () => {
    const cpu = fc.integer({ min: 1, max: 4_000 }).map((millis) => `${millis}m`);
    const pods = fc.array(fc.tuple(cpu, fc.boolean()), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(pods, (each) => {
        const written = cpuOf(each.map(([size, isDecided]) => pod(size, isDecided)))?.limits?.[
          "cpu"
        ];
        if (written === undefined) return each.every(([, isDecided]) => !isDecided);
        return each.every(([size]) => parseCpuMillis(written) >= parseCpuMillis(size));
      }),
    );
  });
});
