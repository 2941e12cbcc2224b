import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseScenario } from "../../knative/local/cluster/scenario.ts";
import { type Cluster, startCluster } from "../../knative/local/cluster/start.ts";
import { webhook } from "./alertmanager.ts";
import { type Fault, type FaultyApi, startFaultyApi } from "./faulty-api.ts";
import { send } from "./http.ts";
import { base, childrenOf, type Runtime, startRuntime, waitFor } from "./runtime.ts";
import { untilIdle } from "./until-idle.ts";

const MANIFESTS = ["namespace", "broker", "policy", "alert-source", "console"];
const PODS = 12;
/** Short, so that a hanging API is noticed within a test. */
const TIMEOUT_MS = 600;

const scenario = {
  nodes: [{ name: "minikube", cpu: "16", memory: "32Gi" }],
  namespaces: [{ name: "default" }, { name: "shop" }, { name: "vigie" }],
  workloads: Array.from({ length: PODS }, (_, index) => ({
    kind: "Pod",
    namespace: "shop",
    name: `cart-${index}`,
    podLabels: { fogsla: "ok" },
    containers: [{ name: "app", image: "nginx:1.29", limits: { cpu: "100m", memory: "64Mi" } }],
  })),
};

describe("faults of the Kubernetes API while alerts come", function () {
  this.timeout(60_000);
  let cluster: Cluster;
  let api: FaultyApi;
  let folder: string;
  let vigie: Runtime;
  let used = 0;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigie-faults-"));
    cluster = await startCluster({ port: 0, scenario: parseScenario(scenario) });
    api = await startFaultyApi(cluster.url);
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, cluster.kubeconfig().replaceAll(cluster.url, api.url));
    const handle = readFileSync(join(base, "alert-handle.yaml"), "utf8").replace(
      "            - name: POLICY_FILE\n",
      `            - name: KUBE_TIMEOUT_MS\n              value: "${TIMEOUT_MS}"\n            - name: POLICY_FILE\n`,
    );
    assert.match(handle, /KUBE_TIMEOUT_MS/);
    writeFileSync(join(folder, "alert-handle.yaml"), handle);
    const files = MANIFESTS.map((name) => join(base, `${name}.yaml`));
    files.push(join(folder, "alert-handle.yaml"));
    const options = ["--no-clock", "--kubeconfig", kubeconfig];
    vigie = await startRuntime(...options, ...files.flatMap((file) => ["-f", file]));
  });
  after(async () => {
    await vigie?.stop();
    api?.close();
    await cluster?.close();
    rmSync(folder, { recursive: true });
  });

  const isPod = (url = "") => url.includes("/namespaces/shop/pods/");
  const label = (pod: string) =>
    cluster.get("v1", "Pod", "shop", pod)?.metadata.labels?.["vigie.dev/load"];
  const post = async (pod: string, status: "firing" | "resolved", atMs: number) => {
    const { url, host } = vigie.door("alert-source", "/alerts");
    const at = new Date(atMs).toISOString();
    const startsAt = new Date(atMs - (status === "resolved" ? 1_000 : 0)).toISOString();
    const body = JSON.stringify(
      webhook({ status, namespace: "shop", pod, percent: 92, startsAt, endsAt: at }),
    );
    const headers = { "content-type": "application/json" };
    return await send(url, { method: "POST", host, headers, body });
  };
  const deadLetters = () =>
    vigie.lines.filter(
      (line) => line["kind"] === "delivery" && line["outcome"] === "dead-lettered",
    );

  /** A fired and a resolved, each under the fault; the label must follow both, and nothing be lost. */
  async function follow(
    faults: (count: number, method: string) => Fault | Promise<Fault>,
  ): Promise<void> {
    const pod = `cart-${used}`;
    used += 1;
    const before = deadLetters().length;
    const arm = () => {
      let ours = 0;
      api.faults((request) => {
        if (!isPod(request.url)) return "pass";
        ours += 1;
        return faults(ours, request.method ?? "");
      });
    };
    const startMs = Date.now() - 10_000;
    arm();
    assert.equal((await post(pod, "firing", startMs)).status, 200);
    await waitFor("high", () => label(pod) === "high");
    arm();
    assert.equal((await post(pod, "resolved", startMs + 1_000)).status, 200);
    await waitFor("low", () => label(pod) === "low");
    await untilIdle(vigie, "alert-handle");
    assert.equal(label(pod), "low");
    assert.equal(deadLetters().length, before);
    api.faults(() => "pass");
  }

  it("429 with Retry-After is waited for", () =>
    follow((count) => (count <= 2 ? { status: 429, headers: { "retry-after": "1" } } : "pass")));

  it("500 brings the event again", () =>
    follow((count) => (count <= 2 ? { status: 500 } : "pass")));

  it("409 on every second PATCH is read and decided anew", () => {
    let patches = 0;
    return follow((_count, method) => {
      if (method !== "PATCH") return "pass";
      patches += 1;
      return patches % 2 === 1 ? { status: 409 } : "pass";
    });
  });

  it("an API that hangs for 20 s is given up and asked again", () =>
    follow((count) => (count === 2 ? "hang" : "pass")));

  it("a connection that is closed is made again", () =>
    follow((count) => (count % 2 === 1 ? "close" : "pass")));

  it("a PATCH whose answer is lost is not done twice", async () => {
    await follow((_count, method) => (method === "PATCH" ? "swallow" : "pass"));
    // The client's own repeats find that the pod has changed, and so is what they would change.
    const pod = cluster.get("v1", "Pod", "shop", `cart-${used - 1}`);
    assert.match(JSON.stringify(pod?.metadata.annotations), /"firing\\":false/);
  });

  it("alert-handle killed between read and patch is started again, and does it", async () => {
    let kills = 0;
    await follow((_count, method) => {
      if (method !== "PATCH" || kills % 2 === 1) {
        kills += method === "PATCH" ? 1 : 0;
        return "pass";
      }
      kills += 1;
      const victims = childrenOf(vigie.process.pid as number).filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("alert-handle");
        } catch {
          // It has just ended, or this is no Linux.
          return false;
        }
      });
      assert.equal(victims.length, 1);
      for (const pid of victims) process.kill(pid, "SIGKILL");
      return "hang";
    });
    assert.ok(kills >= 3, `${kills}`);
  });

  it("a source whose clock is minutes behind or ahead is followed in its own order", async () => {
    for (const skewMs of [-20 * 60_000, 4 * 60_000]) {
      const pod = `cart-${used}`;
      used += 1;
      const startMs = Date.now() + skewMs;
      assert.equal((await post(pod, "firing", startMs)).status, 200);
      await waitFor("high", () => label(pod) === "high");
      assert.equal((await post(pod, "resolved", startMs + 5_000)).status, 200);
      await waitFor("low", () => label(pod) === "low");
      // What was known before comes once more, late.
      assert.equal((await post(pod, "firing", startMs)).status, 200);
      await untilIdle(vigie, "alert-handle");
      assert.equal(label(pod), "low");
    }
  });

  it("a fact from more than 5 minutes ahead is kept among the dead letters, with the reason", async () => {
    const before = deadLetters().length;
    await post(`cart-${used}`, "firing", Date.now() + 20 * 60_000);
    await waitFor("the dead letter", () => deadLetters().length > before);
    assert.match(JSON.stringify(deadLetters().at(-1)), /more than 5 minutes ahead/);
    assert.equal(label(`cart-${used}`), undefined);
  });
});
