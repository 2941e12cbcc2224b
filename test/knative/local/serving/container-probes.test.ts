import assert from "node:assert/strict";
import { Probe } from "../../../../knative/local/manifests/container.ts";
import {
  livenessOf,
  readinessOf,
  startupOf,
} from "../../../../knative/local/serving/container-probes.ts";

describe("probes of a container", () => {
  it("take Kubernetes' defaults, 0 among them", () => {
    const defaults = { initialDelayMs: 0, periodMs: 10_000, timeoutMs: 1_000, failureThreshold: 3 };
    const tcp = Probe.parse({ tcpSocket: {} });
    assert.deepEqual(livenessOf(tcp), { probe: { kind: "tcp" }, ...defaults });
    const zeros = { periodSeconds: 0, timeoutSeconds: 0, failureThreshold: 0 };
    assert.deepEqual(startupOf(Probe.parse({ tcpSocket: {}, ...zeros })), {
      probe: { kind: "tcp" },
      ...defaults,
    });
  });

  it("are read in seconds, with path and headers", () => {
    const httpHeaders = [{ name: "X-Lab", value: "1" }];
    const spec = Probe.parse({
      httpGet: { path: "/live", httpHeaders },
      initialDelaySeconds: 2,
      periodSeconds: 5,
      timeoutSeconds: 3,
      failureThreshold: 4,
    });
    assert.deepEqual(livenessOf(spec), {
      probe: { kind: "http", path: "/live", headers: { "X-Lab": "1" } },
      initialDelayMs: 2_000,
      periodMs: 5_000,
      timeoutMs: 3_000,
      failureThreshold: 4,
    });
  });

  it("are none where none is given, apart from readiness, which is a connection then", () => {
    assert.deepEqual([livenessOf(undefined), startupOf(undefined)], [null, null]);
    assert.deepEqual(readinessOf(undefined), { kind: "tcp" });
  });
});
