import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { kubectlMinor } from "../kubectl.ts";
import { base, isInstalled, type Runtime, startRuntime, waitFor } from "./runtime.ts";

describe("kubectl against the simulated cluster", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  /** Of a StatefulSet nobody scales here: it stays. */
  const pod = "orders-db-0";

  before(async function () {
    if (!isInstalled("kubectl")) this.skip();
    vigie = await startRuntime("--no-clock");
  });
  after(() => vigie?.stop());

  it("lists nodes as Minikube names them", async () => {
    const nodes = await vigie.kubectl("get", "nodes", "-o", "name");
    assert.deepEqual(nodes.trim().split("\n"), [
      "node/minikube",
      "node/minikube-m02",
      "node/minikube-m03",
    ]);
  });

  it("shows the labels of all pods, and the original work's workloads", async () => {
    const table = await vigie.kubectl("get", "pods", "-A", "--show-labels");
    assert.match(
      table.split("\n")[0] ?? "",
      /^NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE +LABELS/,
    );
    for (const name of ["application-pod", "cpu-stress", "depfog", "nginx-vpa"]) {
      assert.ok(table.includes(name), name);
    }
  });

  it("finds nothing to apply of what runs, all of it ready (kubectl >= 1.24)", async function () {
    if ((kubectlMinor ?? 0) < 24) this.skip();
    const applied = (await vigie.kubectl("apply", "-k", base)).trim().split("\n");
    assert.ok(applied.length > 20);
    assert.deepEqual(
      applied.filter((line) => !line.endsWith(" unchanged")),
      [],
    );
    const waited = ["wait", "--for=condition=Ready", "ksvc,trigger,broker", "--all", "-n", "vigie"];
    assert.match(await vigie.kubectl(...waited, "--timeout=60s"), /console condition met/);
    const clocks = await vigie.kubectl("get", "pingsources", "-n", "vigie");
    assert.match(clocks, /^number-clock .* False +Paused *$/m);
  });

  it("labels a pod, and takes the label away again", async () => {
    await vigie.kubectl("label", "pod", pod, "-n", "shop", "team=harbour");
    const get = ["get", "pods", "-n", "shop", "-l", "team=harbour", "-o", "name"];
    assert.equal((await vigie.kubectl(...get)).trim(), `pod/${pod}`);
    await vigie.kubectl("label", "pod", pod, "-n", "shop", "team-");
    assert.equal((await vigie.kubectl(...get)).trim(), "");
  });

  it("patches a pod's metadata, and never its size", async () => {
    const name = await vigie.kubectl(
      "get",
      "pod",
      pod,
      "-n",
      "shop",
      "-o",
      "jsonpath={.spec.containers[0].name}",
    );
    const annotate = JSON.stringify({ metadata: { annotations: { note: "seen" } } });
    await vigie.kubectl("patch", "pod", pod, "-n", "shop", "--type", "merge", "-p", annotate);
    const size = JSON.stringify({
      spec: { containers: [{ name, resources: { limits: { cpu: "1900m" } } }] },
    });
    await assert.rejects(vigie.kubectl("patch", "pod", pod, "-n", "shop", "-p", size), /may not/i);
  });

  it("resizes a pod through the subresource (kubectl >= 1.24)", async function () {
    if ((kubectlMinor ?? 0) < 24) this.skip();
    const size = JSON.stringify({
      spec: { containers: [{ name: "postgres", resources: { limits: { cpu: "1900m" } } }] },
    });
    await vigie.kubectl("patch", "pod", pod, "-n", "shop", "--subresource", "resize", "-p", size);
    const path = "jsonpath={.spec.containers[0].resources.limits.cpu}";
    assert.equal(await vigie.kubectl("get", "pod", pod, "-n", "shop", "-o", path), "1900m");
  });

  it("describes a pod", async () => {
    const text = await vigie.kubectl("describe", "pod", pod, "-n", "shop");
    assert.match(text, new RegExp(`Name: +${pod}`));
    assert.match(text, /Limits:/);
  });

  it("scales a deployment: pods come and go", async () => {
    const deployment = (
      await vigie.kubectl("get", "deploy", "-n", "shop", "-o", "jsonpath={.items[0].metadata.name}")
    ).trim();
    const ready = async () =>
      vigie.kubectl(
        "get",
        "deploy",
        deployment,
        "-n",
        "shop",
        "-o",
        "jsonpath={.status.readyReplicas}",
      );
    await vigie.kubectl("scale", "deploy", deployment, "-n", "shop", "--replicas", "4");
    await waitFor("four replicas", async () => (await ready()) === "4");
    await vigie.kubectl("scale", "deploy", deployment, "-n", "shop", "--replicas", "1");
    await waitFor("one replica", async () => (await ready()) === "1");
  });

  it("watches pods", async () => {
    const kubeconfig = join(vigie.folder, ".vigie/kubeconfig");
    const watch = spawn("kubectl", ["--kubeconfig", kubeconfig, "get", "pods", "-n", "shop", "-w"]);
    let seen = "";
    watch.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
    try {
      await waitFor("the list", () => seen.includes(pod));
      seen = "";
      await vigie.kubectl("annotate", "pod", pod, "-n", "shop", "watched=yes");
      await waitFor("the change", () => seen.includes(pod));
    } finally {
      watch.kill();
      await once(watch, "close");
    }
  });
});
