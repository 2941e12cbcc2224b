import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnCluster } from "../../bench/big-cluster.ts";
import { stormOf } from "../../bench/storm-alerts.ts";
import { createKubeClient } from "../../shared/kube/connect.ts";
import type { KubeClient } from "../../shared/kube/client.ts";
import { listMetadata } from "../../shared/kube/list.ts";
import { send } from "./http.ts";
import { base, type Runtime, startRuntime, waitFor } from "./runtime.ts";

/** With half of them resolved, and a tenth told twice: more than 1,000 alerts. */
const PODS = 640;
/** Webhooks that are under way at once. */
const PARALLEL = 16;
/** No try is put off for that long here: who has been silent since then says no more. */
const STALLED_MS = 60_000;

describe("functions that are updated while 1,000 alerts come in", function () {
  // Some 10 s on a machine that has nothing else to do; what fails sooner is the waiting below.
  this.timeout(240_000);
  let folder: string;
  let cluster: Awaited<ReturnType<typeof spawnCluster>>;
  let kube: KubeClient;
  let vigie: Runtime;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigie-update-"));
    cpSync(base, join(folder, "base"), { recursive: true });
    cluster = await spawnCluster(PODS);
    const kubeconfig = join(folder, "kubeconfig");
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: [{ name: "test", cluster: { server: cluster.url } }],
      users: [{ name: "test", user: {} }],
      contexts: [{ name: "test", context: { cluster: "test", user: "test", namespace: "vigie" } }],
    };
    writeFileSync(kubeconfig, JSON.stringify(config));
    kube = createKubeClient({ env: { KUBECONFIG: kubeconfig } });
    // What knative/base gives a cluster, and the console writes to.
    const create = (path: string, body: object) => kube.request({ method: "POST", path, body });
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "vigie" } };
    await create("/api/v1/namespaces", namespace);
    await create("/api/v1/namespaces/vigie/configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "console-journal" },
    });
    const options = ["--no-clock", "--kubeconfig", kubeconfig];
    vigie = await startRuntime("-f", join(folder, "base"), ...options);
  });
  after(async () => {
    await vigie?.stop();
    await kube?.close();
    await cluster?.stop();
    rmSync(folder, { recursive: true });
  });

  /** A new revision of a function, as a new image would make one. */
  const update = (step: string, to: number) => {
    const file = join(folder, "base", `${step}.yaml`);
    const text = readFileSync(file, "utf8").replace(/\n *# update \d+\n.*\n.*\n/, "\n");
    const entry = `          env:\n            # update ${to}\n            - name: UPDATE\n              value: "${to}"\n`;
    assert.ok(text.includes("          env:\n"), `${step} has variables`);
    writeFileSync(file, text.replace("          env:\n", entry));
  };

  it("lose none: every webhook is accepted, every pod ends with the label of its newest fact", async () => {
    const { webhooks, bands, facts } = stormOf(PODS, 1, 2);
    assert.ok(facts >= 1_000, `${facts} alerts`);
    const updates: [at: number, step: string][] = [
      [0.15, "alert-handle"],
      [0.35, "alert-source"],
      [0.55, "alert-handle"],
      [0.75, "resource-patch"],
      [0.85, "alert-handle"],
    ];
    const due = updates.map(([at, step]) => ({ at: Math.floor(at * webhooks.length), step }));
    const { url, host } = vigie.door("alert-source", "/alerts");
    const queue = webhooks.entries();
    const refused: string[] = [];
    const work = async () => {
      for (const [index, { body }] of queue) {
        const next = due.findIndex(({ at }) => at === index);
        if (next >= 0) update(due[next]?.step ?? "", next + 1);
        const headers = { "content-type": "application/json" };
        const answer = await send(url, { method: "POST", host, headers, body });
        if (answer.status !== 200) refused.push(`${answer.status} ${answer.body}`);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    assert.deepEqual(refused, []);
    const wrong = async () => {
      const found: string[] = [];
      for await (const page of listMetadata(kube, { path: "/api/v1/pods" })) {
        for (const { namespace = "", name, labels = {} } of page) {
          const expected = bands.get(`${namespace}/${name}`);
          if (labels["vigie.dev/load"] !== expected) found.push(`${namespace}/${name}`);
        }
      }
      return found;
    };
    type Counts = Record<"matched" | "delivered" | "replied" | "deadLettered" | "dropped", number>;
    let seen = { counts: "", atMs: performance.now() };
    const isQuiet = async () => {
      const status = await send(`http://127.0.0.1:${vigie.brokerPort}/`);
      const { brokers } = JSON.parse(status.body) as {
        brokers: { triggers: { name: string; counts: Counts }[] }[];
      };
      // What is decided on the loads goes on for a while: it changes no label of the load.
      const trigger = brokers[0]?.triggers.find(({ name }) => name === "alert-handle");
      assert.ok(trigger, "there is a trigger alert-handle");
      const { matched, delivered, replied, deadLettered, dropped } = trigger.counts;
      const counts = JSON.stringify(trigger.counts);
      if (counts !== seen.counts) seen = { counts, atMs: performance.now() };
      // However slow the machine is: as long as there is progress, nothing is lost.
      assert.ok(performance.now() - seen.atMs < STALLED_MS, `nothing moves any more: ${counts}`);
      return matched >= facts && matched === delivered + replied + deadLettered + dropped;
    };
    await waitFor("the last alert", isQuiet, 180_000);
    assert.deepEqual(await wrong(), []);

    const { body } = await send(`http://127.0.0.1:${vigie.brokerPort}/dead-letters`);
    assert.match(body, /"kept":0/);
    for (const step of ["alert-handle", "alert-source", "resource-patch"]) {
      const isFollowed = () =>
        vigie.lines.some(({ message }) => new RegExp(`^reloaded: .*${step}`).test(String(message)));
      await waitFor(`the update of ${step} to be followed`, isFollowed, STALLED_MS);
    }
    // Each revision has a process of its own.
    const ups = (step: string) =>
      vigie.lines.filter(({ state, service }) => state === "up" && service === step).length;
    assert.ok(ups("alert-handle") >= 2 && ups("alert-source") >= 2);
    assert.deepEqual(
      vigie.lines.filter(({ state }) => state === "crashed"),
      [],
    );
  });
});
