import assert from "node:assert/strict";
import fc from "fast-check";
import { demandAt, parseLoad } from "../../../../knative/local/cluster/load.ts";
import { parseScenario } from "../../../../knative/local/cluster/scenario.ts";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";
import { call } from "./http.ts";
import { ManualClock } from "./manual-clock.ts";

const MiB = 2 ** 20;

const scenario = (cpuMillis: unknown, memoryBytes: unknown) =>
  parseScenario({
    nodes: [{ name: "one" }],
    workloads: [
      {
        kind: "Pod",
        namespace: "default",
        name: "p",
        containers: [
          {
            name: "app",
            image: "app:1",
            requests: { cpu: "100m", memory: "64Mi" },
            limits: { cpu: "200m", memory: "128Mi" },
            load: { cpuMillis, memoryBytes },
          },
        ],
      },
    ],
  });

/** The value of one series of the page. */
const series = (page: string, name: string): number =>
  Number(new RegExp(`^${name}\\{[^}]*pod="p"[^}]*\\} (\\S+)$`, "m").exec(page)?.[1]);

describe("demandAt", () => {
  it("follows steps and starts again", () => {
    const shape = {
      kind: "steps" as const,
      steps: [
        { atSeconds: 0, value: 10 },
        { atSeconds: 5, value: 20 },
      ],
      periodSeconds: 10,
    };
    assert.deepEqual(
      [0, 4.9, 5, 9.9, 10, 15].map((second) => demandAt(shape, second)),
      [10, 10, 20, 20, 10, 20],
    );
  });
  it("keeps a sine between its bounds", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (second) => {
        const value = demandAt(
          { kind: "sine", low: 10, high: 30, periodSeconds: 60, phaseRatio: 0.3 },
          second,
        );
        assert.ok(value >= 10 - 1e-9 && value <= 30 + 1e-9);
      }),
    );
  });
  it("reads no load from what is not one", () => {
    for (const text of [undefined, "", "no", "[]", '{"app":{"cpuMillis":-1,"memoryBytes":0}}']) {
      assert.equal(parseLoad(text), null);
    }
  });
});

describe("a pod under load", () => {
  const clock = new ManualClock();
  let cluster: Cluster;
  afterEach(() => cluster.close());

  it("is throttled at its CPU limit, and less so after a resize", async () => {
    cluster = await startCluster({ port: 0, clock, scenario: scenario(300, 10 * MiB) });
    const scrape = async (): Promise<string> => (await call(cluster, "GET", "/metrics")).body.text;
    const start = await scrape();
    clock.advance(10_000);
    const throttled = await scrape();
    const cpu = "container_cpu_usage_seconds_total";
    assert.ok(Math.abs(series(throttled, cpu) - series(start, cpu) - 2) < 1e-6);
    assert.ok(series(throttled, "container_cpu_cfs_throttled_periods_total") >= 99);
    const body = {
      spec: { containers: [{ name: "app", resources: { limits: { cpu: "400m" } } }] },
    };
    const type = "application/strategic-merge-patch+json";
    await call(cluster, "PATCH", "/api/v1/namespaces/default/pods/p/resize", { body, type });
    clock.advance(1_000);
    const resized = await scrape();
    clock.advance(10_000);
    const free = await scrape();
    assert.ok(Math.abs(series(free, cpu) - series(resized, cpu) - 3) < 1e-6);
    const top = await call(
      cluster,
      "GET",
      "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/p",
    );
    assert.equal(top.body.containers[0].usage.cpu, "300000000n");
  });

  it("is killed over its memory limit, restarted, and backed off the next time", async () => {
    cluster = await startCluster({ port: 0, clock, scenario: scenario(10, 200 * MiB) });
    clock.advance(600);
    const pod = await call(cluster, "GET", "/api/v1/namespaces/default/pods/p");
    const [status] = pod.body.status.containerStatuses;
    assert.equal(status.restartCount, 1);
    assert.equal(status.lastState.terminated.reason, "OOMKilled");
    assert.equal(status.lastState.terminated.exitCode, 137);
    clock.advance(600);
    const again = await call(cluster, "GET", "/api/v1/namespaces/default/pods/p");
    assert.equal(again.body.status.containerStatuses[0].state.waiting.reason, "CrashLoopBackOff");
    clock.advance(10_000);
    const back = await call(cluster, "GET", "/api/v1/namespaces/default/pods/p");
    assert.equal(back.body.status.containerStatuses[0].restartCount, 2);
  });

  it("keeps its memory limit while it uses more than the lower one", async () => {
    cluster = await startCluster({ port: 0, clock, scenario: scenario(10, 100 * MiB) });
    const body = {
      spec: {
        containers: [
          { name: "app", resources: { requests: { memory: "32Mi" }, limits: { memory: "80Mi" } } },
        ],
      },
    };
    const type = "application/strategic-merge-patch+json";
    await call(cluster, "PATCH", "/api/v1/namespaces/default/pods/p/resize", { body, type });
    clock.advance(2_000);
    const pod = await call(cluster, "GET", "/api/v1/namespaces/default/pods/p");
    const progress = pod.body.status.conditions.find(
      (entry: { type: string }) => entry.type === "PodResizeInProgress",
    );
    assert.equal(progress.reason, "Error");
    assert.equal(pod.body.status.containerStatuses[0].resources.limits.memory, "128Mi");
    assert.equal(pod.body.status.containerStatuses[0].restartCount, 0);
  });
});
