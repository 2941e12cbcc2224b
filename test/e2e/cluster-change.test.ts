import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { kubectlMinor } from "../kubectl.ts";
import { type Runtime, startRuntime } from "./runtime.ts";
import { withCompileCache } from "../compile-cache.ts";

const root = resolve(import.meta.dirname, "../..");
/** Those that need no download. */
const ONLY = ["--only", "settings,machines,namespace-vigie,namespace-monitoring,token"];

describe("cluster:up and cluster:down", function () {
  this.timeout(60_000);
  let vigie: Runtime;
  before(async function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    vigie = await startRuntime("--no-clock");
    await vigie.kubectl("create", "namespace", "knative-serving");
    const someoneElses = ["config-features", "-n", "knative-serving", "--from-literal", "theirs=1"];
    await vigie.kubectl("create", "configmap", ...someoneElses);
  });
  after(() => vigie?.stop());

  const change = (...args: string[]) => {
    const own = { KUBECONFIG: join(vigie.folder, ".vigie/kubeconfig") };
    const env = { ...process.env, ...withCompileCache, ...own };
    const script = join(root, "knative/cluster/change.ts");
    return spawnSync(process.execPath, [script, ...args], { encoding: "utf8", env });
  };
  const features = async () => {
    const args = ["get", "cm", "config-features", "-n", "knative-serving", "-o", "json"];
    return (JSON.parse(await vigie.kubectl(...args)) as { data: object }).data;
  };
  const tokens = async () => {
    const path = ["-o", "jsonpath={.data.token}"];
    const secret = ["get", "secret", "alert-source-token", "-n"];
    const read = (namespace: string) => vigie.kubectl(...secret, namespace, ...path);
    return await Promise.all(["vigie", "monitoring"].map(read));
  };

  it("adds what is missing, beside what others have there", async () => {
    const { status, stdout, stderr } = change("up", ...ONLY);
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual(await features(), {
      theirs: "1",
      "kubernetes.podspec-nodeselector": "enabled",
    });
    const [one, other] = await tokens();
    assert.equal(one, other);
    assert.ok(one !== undefined && one.length > 40);
    assert.ok(!stdout.includes(one) && !stdout.includes(Buffer.from(one, "base64").toString()));
    const labelled = await vigie.kubectl("get", "nodes", "-l", "vigie.dev/machine", "-o", "name");
    assert.equal(labelled, "node/minikube-m02\nnode/minikube-m03\n");
  });

  it("adds nothing the second time", async () => {
    const before = await tokens();
    const { stdout } = change("up", ...ONLY);
    assert.doesNotMatch(stdout, /^add:/m);
    assert.deepEqual(await tokens(), before);
  });

  it("does a step again that failed half way", async () => {
    const args = ["get", "cm", "vigie-added", "-n", "kube-system", "-o", "jsonpath={.data.steps}"];
    const steps = (await vigie.kubectl(...args)).replace('machines":"added', 'machines":"adding');
    const half = JSON.stringify({ data: { steps } });
    await vigie.kubectl("patch", "cm", "vigie-added", "-n", "kube-system", "-p", half);
    assert.deepEqual(change("up", ...ONLY).stdout.match(/^add: .*/gm), [
      "add: a label on two nodes, where machine-1 and machine-2 run",
    ]);
  });

  it("takes away exactly that: not what was there before", async () => {
    const { status, stdout, stderr } = change("down");
    assert.equal(status, 0, stdout + stderr);
    assert.deepEqual(await features(), { theirs: "1" });
    assert.equal(await vigie.kubectl("get", "nodes", "-l", "vigie.dev/machine", "-o", "name"), "");
    const namespaces = await vigie.kubectl("get", "namespaces", "-o", "name");
    assert.ok(namespaces.includes("namespace/vigie\n"), "it was there before");
    assert.ok(!namespaces.includes("monitoring"));
    const record = ["get", "cm", "vigie-added", "-n", "kube-system", "--ignore-not-found"];
    assert.equal(await vigie.kubectl(...record), "");
  });

  it("refuses a step that it does not know, and a cluster that it does not reach", () => {
    assert.match(change("up", "--only", "all").stderr, /^there is no step all; there are serving/);
    // Without a kubeconfig kubectl would ask localhost:8080, where somebody's broker may listen.
    const nowhere = join(vigie.folder, "nowhere");
    writeFileSync(
      nowhere,
      JSON.stringify({
        clusters: [{ name: "nowhere", cluster: { server: "https://127.0.0.1:1" } }],
        contexts: [{ name: "nowhere", context: { cluster: "nowhere" } }],
        "current-context": "nowhere",
      }),
    );
    const { stderr, status } = spawnSync(
      process.execPath,
      [join(root, "knative/cluster/change.ts"), "up"],
      { encoding: "utf8", env: { ...process.env, KUBECONFIG: nowhere } },
    );
    assert.match(stderr, /^kubectl reaches no cluster; to get one:\n {2}minikube start/);
    assert.equal(status, 1);
  });
});
