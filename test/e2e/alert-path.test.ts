import assert from "node:assert/strict";
import { webhook } from "./alertmanager.ts";
import { send } from "./http.ts";
import { childrenOf, isInstalled, type Runtime, startRuntime, waitFor } from "./runtime.ts";
import { slownessOf } from "./slowness.ts";
import { untilIdle } from "./until-idle.ts";

type Pod = {
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    resourceVersion: string;
  };
  spec: { containers: { resources: { limits?: { cpu?: string } } }[] };
  status: { containerStatuses: { restartCount: number }[] };
};

describe("an alert on one command", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  let target: Pod;

  before(async function () {
    if (!isInstalled("kubectl")) this.skip();
    vigie = await startRuntime("--no-clock", "--window", "6");
    const pods = JSON.parse(
      await vigie.kubectl("get", "pods", "-n", "shop", "-l", "app=checkout", "-o", "json"),
    ) as { items: Pod[] };
    const found = pods.items.find((pod) => pod.spec.containers[0]?.resources.limits?.cpu);
    assert.ok(found, "the demo cluster has the pod at 92 % of its CPU limit");
    target = found;
  });
  after(() => vigie?.stop());

  const post = (body: object) => {
    const { url, host } = vigie.door("alert-source", "/alerts");
    const headers = { "content-type": "application/json" };
    return send(url, { method: "POST", host, headers, body: JSON.stringify(body) });
  };
  const read = async () => {
    const { name, namespace } = target.metadata;
    return JSON.parse(
      await vigie.kubectl("get", "pod", name, "-n", namespace, "-o", "json"),
    ) as Pod;
  };
  const cpu = (pod: Pod) => {
    const limit = pod.spec.containers[0]?.resources.limits?.cpu ?? "";
    return limit.endsWith("m") ? Number(limit.slice(0, -1)) : Number(limit) * 1000;
  };
  const deliveries = () => vigie.lines.filter((line) => line.kind === "delivery");
  const startsAt = new Date().toISOString();

  it("starts with no function running", () => {
    assert.deepEqual(childrenOf(vigie.process.pid as number), []);
  });

  it("labels the pod high and raises its CPU in place within 2 s from all at zero", async () => {
    const { name: pod, namespace } = target.metadata;
    const { tookMs, times } = await slownessOf(async () => {
      const body = webhook({ status: "firing", namespace, pod, percent: 92, startsAt });
      const answer = await post(body);
      assert.equal(Math.floor(answer.status / 100), 2, answer.body);
      await waitFor("label and size", async () => {
        const now = await read();
        return now.metadata.labels["vigie.dev/load"] === "high" && cpu(now) > cpu(target);
      });
    });
    assert.ok(tookMs < 2_000 * times, `took ${tookMs} ms, the machine ${times} times as slow`);
    const now = await read();
    assert.equal(now.status.containerStatuses[0]?.restartCount, 0);
    const cold = deliveries().filter((line) => line["start"] === "cold");
    const started = new Set(cold.map((line) => String(line["subscriber"])));
    assert.ok([...started].some((name) => name.includes("alert-handle")));
    assert.ok([...started].some((name) => name.includes("resource-patch")));
  });

  it("changes nothing when the same payload comes again", async () => {
    await untilIdle(vigie);
    const before = await read();
    const { name: pod, namespace } = before.metadata;
    const seen = deliveries().length;
    await post(webhook({ status: "firing", namespace, pod, percent: 92, startsAt }));
    await waitFor("the delivery", () =>
      deliveries()
        .slice(seen)
        .some((line) => line["trigger"] === "alert-handle"),
    );
    await untilIdle(vigie);
    const after = await read();
    assert.deepEqual(after.metadata.labels, before.metadata.labels);
    assert.equal(cpu(after), cpu(before));
  });

  it("brings the label back when the alert is resolved", async () => {
    const { name: pod, namespace } = target.metadata;
    const endsAt = new Date().toISOString();
    await post(webhook({ status: "resolved", namespace, pod, percent: 92, startsAt, endsAt }));
    await waitFor("the label", async () => {
      const { labels } = (await read()).metadata;
      return (
        labels["vigie.dev/load"] === target.metadata.labels["vigie.dev/load"] ||
        labels["vigie.dev/load"] === "low"
      );
    });
  });

  it("leaves no process behind: at zero when idle, none after Ctrl-C", async () => {
    await waitFor("all at zero", () => childrenOf(vigie.process.pid as number).length === 0);
    assert.equal(await vigie.stop("SIGINT"), 0);
  });
});
