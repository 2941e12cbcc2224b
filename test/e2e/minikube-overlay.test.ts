import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { kubectlMinor } from "../kubectl.ts";
import { render } from "../knative/strict-schemas.ts";
import { commands, fences } from "../docs/markdown.ts";
import { webhook } from "./alertmanager.ts";
import { send } from "./http.ts";
import { type Runtime, startRuntime, waitFor } from "./runtime.ts";
import { withCompileCache } from "../compile-cache.ts";

const root = resolve(import.meta.dirname, "../..");
const TOKEN = "a-token-of-the-test";
type Pods = {
  items: {
    metadata: { name: string; labels: Record<string, string> };
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
      env: {
        ...env,
        ...withCompileCache,
        KUBECONFIG: join(vigie.folder, ".vigie/kubeconfig"),
      },
    }).stdout;
  };

  const STAGES = ["ready", "accepted", "labelled", "resized", "carried out", "resolved"];
  /** The lines of a verification that passes, in their order, and the sizes that it has seen. */
  const assertPassed = (text: string) => {
    const lines = text.trimEnd().split("\n");
    const stages = lines.flatMap((line) => /^(\w[\w ]*?) +\d+ ms {2}/.exec(line)?.[1] ?? []);
    assert.deepEqual(stages, STAGES, text);
    const [, was, is] = /^resized .* (\d+)m → (\d+)m$/m.exec(text) ?? [];
    assert.ok(was === "400" && Number(is) > 400, text);
  };

  it("labels and resizes a pod that is at 92 %, by which cluster:verify passes and takes it away", async () => {
    const text = script("verify/from-outside.ts", "--gateway-port", String(vigie.gatewayPort));
    assertPassed(text);
    assert.match(text, /^PASS$/m);
    assert.equal(await vigie.kubectl("get", "deployments", "-n", "shop", "-l", "app=verify"), "");
  });

  it("prints what docs/minikube.md shows", () => {
    const shown = fences(readFileSync(join(root, "docs/minikube.md"), "utf8"));
    const [sample, ...others] = shown.filter(({ text }) => text.startsWith("ready "));
    assert.ok(sample && others.length === 0);
    assertPassed(sample.text);
  });

  describe("from inside", () => {
    const verifyFolder = join(root, "knative/overlays/minikube/verify");
    let main: string;
    let env: Record<string, string>;
    before(async () => {
      const images = join(folder, "images");
      const build = ["functions/build.ts", "--each", "--quiet", "--out", images];
      const program = ["--program", "knative/cluster/verify"];
      await promisify(execFile)(process.execPath, [...build, ...program], { cwd: root });
      main = join(images, "verify/main.cjs");
      await vigie.kubectl("apply", "-k", verifyFolder);
      const account = await vigie.kubectl("create", "token", "verify", "-n", "vigie");
      const kubeconfig = join(folder, "verify-kubeconfig");
      writeFileSync(
        kubeconfig,
        JSON.stringify({
          clusters: [{ name: "here", cluster: { server: `http://127.0.0.1:${vigie.kubePort}` } }],
          users: [{ name: "verify", user: { token: account.trim() } }],
          contexts: [{ name: "here", context: { cluster: "here", user: "verify" } }],
          "current-context": "here",
        }),
        { mode: 0o600 },
      );
      const token = join(folder, "token");
      writeFileSync(token, `${TOKEN}\n`);
      const { url, host } = vigie.door("alert-source", "/alerts");
      env = {
        KUBECONFIG: kubeconfig,
        ALERTS_URL: url,
        ALERTS_HOST: host,
        ALERT_TOKEN_FILE: token,
        POLL_MS: "20",
      };
    });
    after(() => vigie?.kubectl("delete", "--ignore-not-found", "-k", verifyFolder));
    /** The Job's bundle, with nothing of this process's environment. */
    const verify = (given: Record<string, string> = {}) =>
      spawnSync(process.execPath, [main], { encoding: "utf8", env: { ...env, ...given } });

    it("passes as the Job's account, with each stage's time and exit code 0", () => {
      const { status, stdout, stderr } = verify();
      assertPassed(stdout);
      assert.match(stdout, /^PASS$/m);
      assert.deepEqual([status, stderr], [0, ""]);
    });

    it("fails by name when the token is refused, without the right to look, and when nothing comes", async () => {
      const wrong = join(folder, "wrong-token");
      writeFileSync(wrong, "another");
      const refused = verify({ ALERT_TOKEN_FILE: wrong });
      assert.match(refused.stdout, /^FAIL: alert-source answered 401$/m);
      assert.equal(refused.status, 1);
      const stranger = join(folder, "stranger-kubeconfig");
      const text = readFileSync(env["KUBECONFIG"] ?? "", "utf8");
      writeFileSync(stranger, text.replace(/"token":"[^"]*"/, '"token":"none"'));
      assert.match(verify({ KUBECONFIG: stranger }).stdout, /^FAIL: .*[Uu]nauthorized/m);
      await vigie.kubectl("delete", "-f", join(verifyFolder, "target.yaml"));
      // Its pods go after it.
      const pods = ["get", "pods", "-n", "shop", "-l", "app=verify", "-o", "name"];
      await waitFor("no target", async () => (await vigie.kubectl(...pods)) === "");
      assert.match(
        verify({ TIMEOUT_SECONDS: "0.1" }).stdout,
        /^FAIL: waited 0.1 s in vain for a ready pod app=verify in the namespace shop$/m,
      );
    });

    it("may list the shop's pods, and no more", async () => {
      const may = async (...what: string[]) => {
        const who = "system:serviceaccount:vigie:verify";
        return await vigie.kubectl("auth", "can-i", ...what, "--as", who).catch(() => "no\n");
      };
      assert.equal(await may("list", "pods", "-n", "shop"), "yes\n");
      for (const what of [
        ["get", "pods", "-n", "shop"],
        ["patch", "pods", "-n", "shop"],
        ["list", "pods", "-n", "vigie"],
        ["get", "secrets", "-n", "vigie"],
      ]) {
        assert.equal(await may(...what), "no\n", what.join(" "));
      }
    });
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
    assert.match(script("verify/from-outside.ts", "--gateway-port", "1"), /^FAIL: .*ECONNREFUSED/m);
  });

  it("shows to cluster:check what it has and what it lacks, with the command that brings it", () => {
    const text = script("check.ts");
    for (const there of ["the subresource pods/resize", "config-domain: localhost"]) {
      assert.ok(text.includes(`ok       ${there}\n`), text);
    }
    assert.match(text, /^ok {7}the Secret alert-source-token in vigie$/m);
    assert.match(text, /^missing {2}a node for machine-1\n {9}kubectl label node/m);
    assert.match(text, /^missing {2}the Prometheus operator.*\n {9}helm upgrade --install/m);
    assert.match(text, /^(ok {7}|missing {2})kubectl's context vigie, where skaffold deploys$/m);
    assert.match(text, /^\d+ missing$/m);
  });
});
