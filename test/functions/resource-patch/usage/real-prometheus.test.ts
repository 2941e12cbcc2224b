import assert from "node:assert/strict";
import {
  openUsage,
  readUsage,
  type UsageDeps,
} from "../../../../functions/resource-patch/usage/read-usage.ts";
import { createPrometheus } from "../../../../functions/resource-patch/usage/prometheus.ts";
import { exactly } from "../../../../functions/resource-patch/usage/promql.ts";
import { cpuHistory, recentUsage } from "../../../../functions/resource-patch/usage/queries.ts";
import { UsageEnv } from "../../../../functions/resource-patch/usage/env.ts";
import { UsageFacts } from "../../../../shared/events/usage-facts.ts";
import type { KubeClient } from "../../../../shared/kube/client.ts";
import { KubeError } from "../../../../shared/kube/error.ts";
import { isInstalled } from "../../../e2e/runtime.ts";
import { podOf, questionOf, sizedContainer } from "./pods.ts";
import { type Line, type RealPrometheus, startPrometheus } from "./prometheus.ts";

const DAY = 86_400;
const MEBIBYTE = 2 ** 20;
/** Just after the end of a slot, so that the kill falls between two. */
const nowSeconds = Math.floor(Date.now() / 300_000) * 300 - 600 + 59;
const from = nowSeconds - 8 * DAY + 3600;

/** There is no metrics server behind it. */
const kube: KubeClient = {
  namespace: "vigie",
  request: () =>
    Promise.reject(new KubeError({ httpStatus: 404, reason: "NotFound", message: "no such path" })),
  close: () => Promise.resolve(),
};

const USED = "namespace_pod_container:cpu_usage:cores";
const HELD = "namespace_pod_container:memory_usage:bytes";
const recorded = (namespace: string, pod: string, cores: Line["at"], bytes: Line["at"]): Line[] => {
  const labels = { namespace, pod, container: "app" };
  return [
    { metric: USED, labels, at: cores },
    { metric: HELD, labels, at: bytes },
  ];
};
/** Each day from two hours after this time of the day on, for an hour. */
const isBusy = (seconds: number) => {
  const ahead = (((seconds - nowSeconds) % DAY) + DAY) % DAY;
  return ahead >= 7200 && ahead < 10_800;
};
const weird = { namespace: 'a"b\\c\nd{}', pod: "x.y-7f9c", container: 'c|.*"}) or vector(9' };
const decoy = { namespace: weird.namespace, pod: "xzy-7f9c", container: "anything" };

/** A counter of a container that was killed two hours ago: it starts anew. */
const killedAt = nowSeconds - 7200;
const counted = (seconds: number) => (seconds < killedAt ? seconds - from : seconds - killedAt) / 4;
const shop = { namespace: "raw", pod: "db-0", container: "app" };

const lines: Line[] = [
  // Twins: the second holds more memory, the first is busy now and then. Busy hours lie ahead.
  ...recorded(
    "shop",
    "web-7d9c5b8f6d-x2x2x",
    (seconds) => (isBusy(seconds) ? 0.4 : 0.1),
    () => 100 * MEBIBYTE,
  ),
  ...recorded(
    "shop",
    "web-7d9c5b8f6d-z4z4z",
    () => 0.15,
    () => 150 * MEBIBYTE,
  ),
  ...recorded(
    "shop",
    "web-api-7d9c5b8f6d-x2x2x",
    () => 6,
    () => 3000 * MEBIBYTE,
  ).map((line) => ({ ...line, stepSeconds: 300 })),
  ...recorded(
    "shop",
    "nan-7d9c5b8f6d-x2x2x",
    () => Number.NaN,
    () => MEBIBYTE,
  ).map((line) => ({
    ...line,
    fromSeconds: nowSeconds - 3600,
  })),
  { metric: "container_cpu_usage_seconds_total", labels: { ...shop, cpu: "total" }, at: counted },
  {
    metric: "container_memory_working_set_bytes",
    labels: shop,
    at: (seconds) => (seconds < killedAt ? 250 : 100) * MEBIBYTE,
  },
  {
    metric: "kube_pod_container_status_restarts_total",
    labels: shop,
    at: (seconds) => (seconds < killedAt ? 0 : 1),
  },
  {
    metric: "kube_pod_container_status_last_terminated_reason",
    labels: { ...shop, reason: "OOMKilled" },
    fromSeconds: killedAt,
    at: () => 1,
  },
  {
    metric: "kube_pod_container_resource_limits",
    labels: { ...shop, resource: "memory", unit: "byte" },
    at: () => 256 * MEBIBYTE,
  },
  { metric: USED, labels: weird, fromSeconds: nowSeconds - 3600, at: () => 0.7 },
  { metric: USED, labels: decoy, fromSeconds: nowSeconds - 3600, at: () => 5 },
];

describe("usage from a real Prometheus", function () {
  this.timeout(30_000);
  let prometheus: RealPrometheus;
  let deps: UsageDeps;

  before(async function () {
    if (!isInstalled("prometheus") || !isInstalled("promtool")) this.skip();
    prometheus = await startPrometheus(lines, { from, to: nowSeconds });
    deps = openUsage(env(), kube);
  });
  after(async () => {
    deps?.close();
    await prometheus?.stop();
  });
  const env = () =>
    UsageEnv.parse({ PROMETHEUS_URL: prometheus.url, PROMETHEUS_TIMEOUT_MS: "10000" });
  const ask = async (name: string, kind: string, pod = podOf(`${name}-7d9c5b8f6d-x2x2x`)) => {
    const facts = await readUsage(deps, questionOf(pod, { kind, name }, nowSeconds));
    assert.ok(!("reason" in facts), JSON.stringify(facts));
    return UsageFacts.parse(facts);
  };

  it("is the highest of all pods of the workload, and of no other's", async () => {
    const { source, containers, ...rest } = await ask("web", "Deployment");
    assert.equal(source, "prometheus");
    assert.ok(Math.abs(rest.historyHours - 191) < 0.3, String(rest.historyHours));
    assert.equal(rest.confidence.isEnough, true);
    const [app] = containers;
    assert.equal(app?.nowCpuMillis, 150);
    assert.equal(app?.nowMemoryBytes, 150 * MEBIBYTE);
  });

  it("leads to advice that knows the busy hour ahead", async () => {
    const { containers } = await ask("web", "Deployment");
    const cpu = containers[0]?.cpu;
    // 0.4 cores and 8 %: more than 8 % below the 500m that it has.
    assert.equal(cpu?.kind, "shrink");
    assert.equal(cpu.requestAmount, 432);
    assert.ok(Math.abs(cpu.neededAmount - 432) < 1, String(cpu.neededAmount));
    assert.match(cpu.reason, /^the coming hours on the days before ask for 400m, 8 % on top: /);
    const memory = containers[0]?.memory;
    assert.equal(memory?.kind, "shrink");
    assert.equal(memory.requestAmount, 183 * MEBIBYTE);
  });

  it("does without our rules, over resets of the counter, and knows the kill", async () => {
    const pod = podOf("db-0", { namespace: "raw" });
    const { historyHours, containers } = await ask("db", "StatefulSet", pod);
    assert.ok(Math.abs(historyHours - 191) < 0.5, String(historyHours));
    const [app] = containers;
    assert.equal(app?.nowCpuMillis, 250);
    assert.ok(Math.abs((app.cpu?.neededAmount ?? 0) - 270) < 3, JSON.stringify(app.cpu));
    assert.equal(app.memory?.kind, "grow");
    // The limit that killed, times one and a half.
    assert.equal(app.memory.requestAmount, 384 * MEBIBYTE);
    assert.match(app.memory.reason, /^killed for want of memory/);
  });

  it("takes names literally, whatever they are", async () => {
    const client = createPrometheus(env());
    assert.ok(client !== null);
    const selection = {
      namespace: weird.namespace,
      pods: exactly(weird.pod),
      containers: [weird.container],
    };
    for (const query of [cpuHistory(selection, "rules"), recentUsage(selection, "rules")]) {
      const range = { startSeconds: nowSeconds - 600, endSeconds: nowSeconds, stepSeconds: 60 };
      const series = await client.queryRange({ query, ...range }, performance.now() + 10_000);
      assert.deepEqual(
        new Set(series.map(({ labels }) => labels["container"])),
        new Set([weird.container]),
      );
      for (const { points } of series) {
        assert.deepEqual(new Set(points.map(([, value]) => value)), new Set(["700"]));
      }
    }
    client.close();
  });

  it("is nothing where it knows nothing, and says so", async () => {
    const pod = podOf("gone-7d9c5b8f6d-x2x2x");
    const facts = await readUsage(
      deps,
      questionOf(pod, { kind: "Deployment", name: "gone" }, nowSeconds),
    );
    const reason = "Prometheus knows no usage of it; metrics.k8s.io: no such path";
    assert.deepEqual(facts, { reason });
  });

  it("takes what is no number for a gap", async () => {
    const { containers } = await ask("nan", "Deployment");
    assert.equal(containers[0]?.nowCpuMillis, null);
    assert.equal(containers[0].cpu, null);
    assert.equal(containers[0].nowMemoryBytes, MEBIBYTE);
    // An hour of memory: too little to make it smaller.
    assert.equal(containers[0].memory?.kind, "keep");
  });

  it("gives no advice to a container without a request", async () => {
    const containers = [sizedContainer("app", {}, {})];
    const pod = podOf("web-7d9c5b8f6d-x2x2x", { containers });
    const facts = await ask("web", "Deployment", pod);
    assert.equal(facts.containers[0]?.nowCpuMillis, 150);
    assert.equal(facts.containers[0].cpu, null);
    assert.equal(facts.containers[0].memory, null);
  });
});
