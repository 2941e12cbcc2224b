import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { kubectlMinor } from "../kubectl.ts";
import { render } from "../knative/strict-schemas.ts";
import { commands, fences } from "../docs/markdown.ts";
import { webhook } from "./alertmanager.ts";
import { send } from "./http.ts";
import { type Runtime, startRuntime, waitFor } from "./runtime.ts";

const root = resolve(import.meta.dirname, "../..");
const TOKEN = "a-token-of-the-test";
type Pods = {
  items: {
    metadata: { name: string; labels: Record<string, string> };
    spec: { containers: { resources: { limits: { cpu: string } } }[] };
    status: { phase: string };
  }[];
};

describe("the minikube overlay, rendered, in the local runtime", function () {
  this.timeout(60_000);
  let folder: string;
  let vigie: Runtime;
  before(async function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    folder = mkdtempSync(join(tmpdir(), "vigie-overlay-"));
    const rendered = join(folder, "rendered.yaml");
    writeFileSync(rendered, render("knative/overlays/minikube").text);
    const secret = join(folder, "secret.yaml");
    writeFileSync(
      secret,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "alert-source-token", namespace: "vigie" },
        data: { token: Buffer.from(TOKEN).toString("base64") },
      }),
    );
    const serving = join(root, "knative/cluster/serving.yaml");
    vigie = await startRuntime("--no-clock", "-f", rendered, "-f", secret, "-f", serving);
  });
  after(async () => {
    await vigie?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const checkout = async () => {
    const text = await vigie.kubectl(
      "get",
      "pods",
      "-n",
      "shop",
      "-l",
      "app=checkout",
      "-o",
      "json",
    );
    return (JSON.parse(text) as Pods).items.find(({ status }) => status.phase === "Running");
  };
  const cpu = (pod: Pods["items"][number] | undefined) =>
    pod?.spec.containers[0]?.resources.limits.cpu;
  const post = (authorization: string, body: object) => {
    const { url, host } = vigie.door("alert-source", "/alerts");
    const headers = { "content-type": "application/json", authorization };
    return send(url, { method: "POST", host, headers, body: JSON.stringify(body) });
  };

  it("takes no alert without the token", async () => {
    const pod = (await checkout())?.metadata.name ?? "";
    const startsAt = new Date().toISOString();
    const alert = webhook({ status: "firing", namespace: "shop", pod, percent: 92, startsAt });
    assert.equal((await post("Bearer another", alert)).status, 401);
  });

  /** A script of knative/cluster in this cluster's context. */
  const script = (name: string, ...args: string[]) => {
    const { KUBECONFIG: _own, ...env } = process.env;
    return spawnSync(process.execPath, [join(root, "knative/cluster", name), ...args], {
      encoding: "utf8",
      env: { ...env, KUBECONFIG: join(vigie.folder, ".vigie/kubeconfig") },
    }).stdout;
  };

  it("labels and resizes the checkout of its own shop, by which cluster:verify passes", async () => {
    await waitFor("a running checkout", async () => (await checkout()) !== undefined);
    const before = await checkout();
    const text = script("verify.ts", "--gateway-port", String(vigie.gatewayPort));
    assert.match(text, /^labelled high, resized 400m → \d+m, no restart\nPASS$/m);
    const after = await checkout();
    assert.equal(after?.metadata.name, before?.metadata.name);
    assert.notEqual(cpu(after), cpu(before));
  });

  /** A script of docs/minikube.md in this cluster's context, at this runtime's doors. */
  const bash = (text: string) => {
    const doors = text.replaceAll(/\b808[01]\b/g, (door) =>
      String(door === "8080" ? vigie.brokerPort : vigie.gatewayPort),
    );
    const env = { ...process.env, KUBECONFIG: join(vigie.folder, ".vigie/kubeconfig") };
    return spawnSync("bash", ["-c", doors], { encoding: "utf8", env, cwd: root });
  };
  const guide = fences(readFileSync(join(root, "docs/minikube.md"), "utf8")).filter(
    ({ language }) => language === "bash",
  );

  it("takes the alert of docs/minikube.md, with the token as it is read there", () => {
    const [block, ...others] = guide.filter(({ text }) => text.startsWith("TOKEN="));
    assert.ok(block && others.length === 0);
    const { status, stdout, stderr } = bash(`set -e\n${block.text}`);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^\{"accepted":1,"truncated":0\}/);
    assert.match(stdout, /Name: +checkout-/);
  });

  it("answers what docs/minikube.md asks of it, but for kinds that it does not serve", () => {
    const asked = guide
      .flatMap(({ text }) => commands(text))
      .filter((command) => /^kubectl (get|describe) (?!.*--watch)(?!.*\$)/.test(command));
    assert.ok(asked.length > 20);
    const unanswered = asked.filter((command) => {
      const { status, stderr } = bash(command);
      if (status === 0) return false;
      assert.match(stderr, /doesn't have a resource type|NotFound/, `${command}\n${stderr}`);
      return true;
    });
    // The operator's kinds, and the Secret that is Alertmanager's copy.
    assert.deepEqual(unanswered, [
      "kubectl get secret alert-source-token -n monitoring -o jsonpath='{.data.token}'",
      "kubectl get prometheusrule -n monitoring pod-load",
      "kubectl get alertmanagerconfig -n monitoring pod-load",
    ]);
  });

  it("fails cluster:verify with the reason when the door is closed", () => {
    assert.match(script("verify.ts", "--gateway-port", "1"), /^FAIL: .*ECONNREFUSED/);
  });

  it("shows to cluster:check what it has and what it lacks, with the command that brings it", () => {
    const text = script("check.ts");
    for (const there of ["the subresource pods/resize", "config-domain: localhost"]) {
      assert.ok(text.includes(`ok       ${there}\n`), text);
    }
    assert.match(text, /^ok {7}the Secret alert-source-token in vigie$/m);
    assert.match(text, /^missing {2}a node for machine-1\n {9}kubectl label node/m);
    assert.match(text, /^missing {2}the Prometheus operator.*\n {9}helm upgrade --install/m);
    assert.match(text, /^\d+ missing$/m);
  });
});
