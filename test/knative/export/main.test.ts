import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse, parseAllDocuments, stringify } from "yaml";
import { intentKey } from "../../../functions/resource-patch/intent.ts";
import { type Cluster, startCluster } from "../../../knative/local/cluster/start.ts";
import { kubectlMinor } from "../../kubectl.ts";
import { call, merge, strategic } from "../local/cluster/http.ts";
import { withCompileCache } from "../../compile-cache.ts";

const script = resolve(import.meta.dirname, "../../../knative/export/main.ts");

type Container = { name: string; image?: string; resources: { limits?: Record<string, string> } };
type Deployment = {
  kind: string;
  metadata: { name: string; namespace?: string };
  spec: { template: { spec: { containers: Container[] } } };
};

describe("npm run export", function () {
  this.timeout(30_000);
  let cluster: Cluster;
  let folder: string;
  let kubeconfig: string;
  beforeEach(async () => {
    cluster = await startCluster({ port: 0 });
    folder = mkdtempSync(join(tmpdir(), "vigie-export-"));
    kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, cluster.kubeconfig());
  });
  afterEach(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  const run = async (...args: string[]) => {
    const all = [script, "--kubeconfig", kubeconfig, "--out", join(folder, "sizes"), ...args];
    try {
      const { stdout } = await promisify(execFile)(process.execPath, all, {
        env: { ...process.env, ...withCompileCache },
      });
      return { code: 0, stdout, stderr: "" };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };
  const get = async (path: string) => (await call(cluster, "GET", path)).body;
  const checkout = async () => {
    const { items } = await get("/api/v1/namespaces/shop/pods?labelSelector=app%3Dcheckout");
    return items[0] as { metadata: { name: string }; spec: { containers: Container[] } };
  };
  /** As resource-patch leaves a pod: its size, and the decision that made it. */
  const resize = async (namespace: string, name: string, container: string, after: string) => {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    const pod = (await get(path)) as Awaited<ReturnType<typeof checkout>>;
    const { limits = {} } =
      pod.spec.containers.find((each) => each.name === container)?.resources ?? {};
    const share = (limit: string) => ({ request: limit, limit });
    const intent = {
      id: "0123456789abcdef0123456789abcdef",
      at: "2026-11-21T10:00:00.000Z",
      observedAt: "2026-11-21T10:00:00.000Z",
      changes: [
        { container, kind: "container", before: share(limits["cpu"] ?? "1"), after: share(after) },
      ],
      settled: { outcome: "applied", reason: "", at: "2026-11-21T10:00:01.000Z" },
    };
    const annotations = { [intentKey("cpu")]: JSON.stringify(intent) };
    const stamped = await call(cluster, "PATCH", path, {
      type: merge,
      body: { metadata: { annotations } },
    });
    assert.equal(stamped.code, 200);
    const resources = { requests: { cpu: after }, limits: { cpu: after } };
    const body = { spec: { containers: [{ name: container, resources }] } };
    const resized = await call(cluster, "PATCH", `${path}/resize`, { type: strategic, body });
    assert.equal(resized.code, 200, JSON.stringify(resized.body));
  };

  it("writes nothing of a cluster where nothing was decided", async () => {
    const { code, stdout } = await run();
    assert.deepEqual([code, stdout], [0, "no pod runs with a size that vigie has decided\n"]);
  });

  it("makes a component that kustomize merges into the template of the workload", async function () {
    if ((kubectlMinor ?? 0) < 22) this.skip();
    const pod = await checkout();
    const [container] = pod.spec.containers;
    await resize("shop", pod.metadata.name, container?.name ?? "", "818m");
    const { code, stdout, stderr } = await run();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /sizes\/shop\/deployment-checkout\.yaml\n/);

    const live = (await get("/apis/apps/v1/namespaces/shop/deployments/checkout")) as Deployment;
    const other = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" } };
    mkdirSync(join(folder, "overlay"));
    writeFileSync(
      join(folder, "overlay/shop.yaml"),
      `${stringify({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "checkout" }, spec: live.spec })}---\n${stringify(other)}`,
    );
    const overlay = { resources: ["shop.yaml"], components: ["../sizes/shop"], namespace: "shop" };
    writeFileSync(join(folder, "overlay/kustomization.yaml"), stringify(overlay));
    const rendered = await promisify(execFile)("kubectl", ["kustomize", join(folder, "overlay")]);
    const objects = parseAllDocuments(rendered.stdout).map((each) => each.toJS() as Deployment);
    const deployment = objects.find(({ kind }) => kind === "Deployment");
    assert.equal(deployment?.metadata.namespace, "shop");
    const [before] = live.spec.template.spec.containers;
    const [after] = deployment?.spec.template.spec.containers ?? [];
    assert.equal(after?.resources.limits?.["cpu"], "818m");
    assert.equal(after?.image, before?.image);
    assert.equal(after?.resources.limits?.["memory"], before?.resources.limits?.["memory"]);
    assert.equal(objects.length, 2);

    // What it says can be applied, and is what the pods run with already.
    const text = readFileSync(join(folder, "sizes/shop/deployment-checkout.yaml"), "utf8");
    const patched = await call(
      cluster,
      "PATCH",
      "/apis/apps/v1/namespaces/shop/deployments/checkout",
      {
        type: strategic,
        body: { spec: (parse(text) as Deployment).spec },
      },
    );
    assert.equal(patched.code, 200, JSON.stringify(patched.body));
  });

  it("forgets what somebody else has resized since, and takes its file away", async () => {
    const pod = await checkout();
    const name = pod.spec.containers[0]?.name ?? "";
    await resize("shop", pod.metadata.name, name, "818m");
    await run();
    const file = join(folder, "sizes/shop/deployment-checkout.yaml");
    assert.ok(existsSync(file));
    const resources = { requests: { cpu: "300m" }, limits: { cpu: "700m" } };
    await call(cluster, "PATCH", `/api/v1/namespaces/shop/pods/${pod.metadata.name}/resize`, {
      type: strategic,
      body: { spec: { containers: [{ name, resources }] } },
    });
    assert.equal((await run()).code, 0);
    assert.ok(!existsSync(file));
  });

  it("patches a bare pod, and keeps to the namespace that it is told", async () => {
    const pod = await checkout();
    await resize("shop", pod.metadata.name, pod.spec.containers[0]?.name ?? "", "818m");
    const bare = (await get("/api/v1/namespaces/default/pods/application-pod")) as typeof pod;
    await resize("default", "application-pod", bare.spec.containers[0]?.name ?? "", "900m");
    const { stdout } = await run("-n", "default");
    assert.match(
      stdout,
      /^[^\n]*sizes\/default\/pod-application-pod\.yaml\n[^\n]*kustomization\.yaml\n$/,
    );
  });

  it("touches no folder with files of somebody else", async () => {
    mkdirSync(join(folder, "sizes"));
    writeFileSync(join(folder, "sizes/mine.yaml"), "a: 1\n");
    const { code, stderr } = await run();
    assert.equal(code, 1);
    assert.match(stderr, /mine\.yaml was not made by an export/);
    assert.equal(readFileSync(join(folder, "sizes/mine.yaml"), "utf8"), "a: 1\n");
  });

  it("says in one line why it cannot", async () => {
    const unknown = await run("--nonsense");
    assert.equal(unknown.code, 2);
    const missing = await run("--kubeconfig", join(folder, "nowhere"));
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^no kubeconfig: [^\n]*\n$/);
  });
});
