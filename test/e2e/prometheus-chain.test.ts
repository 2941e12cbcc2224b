import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { cartLoad, hasPrometheus, startCart } from "./cart-scenario.ts";
import { childrenOf, type Runtime, waitFor } from "./runtime.ts";

type Pod = {
  metadata: { labels: Record<string, string> };
  spec: { containers: [{ resources: { limits: { cpu: string } } }] };
  status: { containerStatuses: [{ restartCount: number }] };
};
type Delivery = Record<string, unknown> & { time: string; durationMs: number };

const main = resolve(import.meta.dirname, "../../knative/local/main.js");
const LOAD = "scenario.vigie.dev/load";

describe("the real chain: Prometheus, Alertmanager, functions", function () {
  this.timeout(60_000);
  let vigie: Runtime;

  before(async function () {
    // Pending by name.
    if (!hasPrometheus) this.skip();
    vigie = await startCart(100, { "vigie.dev/sla": "silver" });
  });
  after(() => vigie?.stop());

  const url = () => `http://127.0.0.1:${vigie.kubePort}/api/v1/namespaces/shop/pods/cart`;
  const read = async () => (await (await fetch(url())).json()) as Pod;
  const band = async () => (await read()).metadata.labels["vigie.dev/load"];
  const cpuOf = (pod: Pod) => pod.spec.containers[0].resources.limits.cpu;
  const demand = async (cpuMillis: number) => {
    const annotations = { [LOAD]: JSON.stringify(cartLoad(cpuMillis)) };
    const answer = await fetch(url(), {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ metadata: { annotations } }),
    });
    assert.equal(answer.status, 200);
    return Date.now();
  };
  const deliveries = (trigger: string, type: string) =>
    (vigie.lines as unknown as Delivery[]).filter(
      (line) => line["trigger"] === trigger && line["eventType"] === `dev.vigie.${type}.v1`,
    );
  const isBefore =
    ({ time }: Delivery) =>
    (line: Delivery) =>
      Date.parse(line.time) <= Date.parse(time);
  const observedAt = async () => {
    const { annotations } = (await read()).metadata as unknown as {
      annotations: Record<string, string>;
    };
    return Date.parse(annotations["vigie.dev/observed-at"] ?? "");
  };

  it("labels a pod at 20 % low", async () => {
    await waitFor("the label", async () => (await band()) === "low");
    assert.equal(cpuOf(await read()), "500m");
  });

  it("labels it high and resizes it without a restart once it wants 95 %", async () => {
    const raisedMs = await demand(475);
    await waitFor("high", async () => (await band()) === "high");
    const observedMs = await observedAt();
    await waitFor("the size", async () => cpuOf(await read()) !== "500m");
    const pod = await read();
    assert.ok(Number.parseInt(cpuOf(pod), 10) > 500, cpuOf(pod));
    assert.equal(pod.status.containerStatuses[0].restartCount, 0);
    await waitFor("the line", () => deliveries("resource-patch", "resources.decided").length > 0);
    const [patch] = deliveries("resource-patch", "resources.decided");
    assert.ok(patch);
    const decide = deliveries("resource-decide", "load.classified").findLast(isBefore(patch));
    assert.ok(decide);
    const alert = deliveries("alert-handle", "alert.fired").findLast(isBefore(decide));
    assert.ok(alert);
    const receivedMs = Date.parse(alert.time) - alert.durationMs;
    // While the load stays high later readings follow, and the pod shows the time of the last.
    const readMs = Math.min(observedMs, receivedMs);
    const stages = {
      "demand → Prometheus fires": readMs - raisedMs,
      "→ Alertmanager → alert-source → broker": receivedMs - readMs,
      "→ alert-handle: label": Date.parse(alert.time) - receivedMs,
      "→ resource-patch: decide": Date.parse(decide.time) - Date.parse(alert.time),
      "→ resource-patch: resize": Date.parse(patch.time) - Date.parse(decide.time),
      "broker → resized": Date.parse(patch.time) - receivedMs,
    };
    for (const [stage, ms] of Object.entries(stages)) {
      process.stdout.write(`        ${stage}: ${Math.round(ms)} ms\n`);
    }
  });

  it("lets the label follow when the demand falls and the alert is resolved", async () => {
    const fellMs = await demand(20);
    await waitFor("low", async () => (await band()) === "low");
    process.stdout.write(`        demand falls → label low: ${Date.now() - fellMs} ms\n`);
    await waitFor("a resolved", () => deliveries("alert-handle", "alert.resolved").length > 0);
  });

  it("says why the size stays: a day of history is what policy asks for to make anything smaller", async () => {
    const size = cpuOf(await read());
    const reasons = async () => {
      const journal = `http://127.0.0.1:${vigie.kubePort}/api/v1/namespaces/vigie/configmaps/console-journal`;
      const { data } = (await (await fetch(journal)).json()) as { data?: Record<string, string> };
      const entries = JSON.parse(data?.["entries.json"] ?? "[]") as {
        kind: string;
        summary: string;
      }[];
      return entries.filter(({ kind }) => kind === "decision").map(({ summary }) => summary);
    };
    // Not always in the newest: a Prometheus that is late is no history at all.
    const isThat = (reason: string): boolean =>
      /^shop\/cart: keep .*0 h of history are too little/.test(reason);
    await waitFor("the reason", async () => (await reasons()).some(isThat));
    assert.equal(cpuOf(await read()), size);
  });

  it("serves Prometheus with the scraped cluster and no failing rule", async () => {
    const ready = vigie.lines.find(({ kind }) => kind === "ready") as unknown as {
      doors: { name: string; url: string }[];
    };
    const door = ready.doors.find(({ name }) => name === "Prometheus");
    assert.ok(door);
    const answer = await fetch(new URL("api/v1/rules", door.url));
    const { data } = (await answer.json()) as {
      data: { groups: { rules: { name: string; health: string }[] }[] };
    };
    const rules = data.groups.flatMap((group) => group.rules);
    assert.ok(rules.length >= 10);
    assert.deepEqual(
      rules.filter(({ health }) => health !== "ok"),
      [],
    );
  });

  it("ends both with Ctrl-C", async () => {
    const children = childrenOf(vigie.process.pid as number);
    assert.ok(children.length >= 2);
    assert.equal(await vigie.stop(), 0);
    for (const pid of children) assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  });
});

describe("--prometheus on without the programs", () => {
  it("is one clear line and exit 1", () => {
    const env = { ...process.env, PATH: "/nowhere" };
    const base = resolve(import.meta.dirname, "../../knative/base");
    const args = [main, "-f", base, "--prometheus", "on"];
    const ended = spawnSync(process.execPath, args, { env, cwd: tmpdir(), encoding: "utf8" });
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /^--prometheus on: not on the PATH: prometheus and [^\n]*\n$/);
  });
});
