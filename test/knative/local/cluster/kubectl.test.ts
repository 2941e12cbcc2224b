import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";
import { kubectlMinor } from "../../../kubectl.ts";
import { eventually } from "./http.ts";

const run = promisify(execFile);
const isInstalled = kubectlMinor !== null;

const manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "web:1" }] },
    },
  },
};

describe("kubectl against the simulated API", () => {
  let cluster: Cluster;
  let folder = "";
  const kubectl = async (...args: string[]): Promise<string> => {
    const { stdout } = await run("kubectl", args, {
      env: { ...process.env, KUBECONFIG: join(folder, "kubeconfig"), HOME: folder },
    });
    return stdout;
  };

  before(async function () {
    if (!isInstalled) return;
    cluster = await startCluster({ port: 0 });
    folder = mkdtempSync(join(tmpdir(), "vigie-kubectl-"));
    writeFileSync(join(folder, "kubeconfig"), cluster.kubeconfig());
    writeFileSync(join(folder, "web.json"), JSON.stringify(manifest));
  });
  after(async () => {
    if (!isInstalled) return;
    await cluster.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(function () {
    if (!isInstalled) this.skip();
  });

  it("labels a pod and shows the label as a column", async () => {
    await kubectl("label", "pod", "application-pod", "vigie.dev/load=high");
    const table = await kubectl("get", "pods", "-L", "vigie.dev/load");
    assert.match(table, /^NAME +READY +STATUS +RESTARTS +AGE +LOAD$/m);
    assert.match(table, /^application-pod +1\/1 +Running +0 +3d +high$/m);
  });

  it("resizes a pod in place and describes it with its events (kubectl >= 1.24)", async function () {
    if ((kubectlMinor ?? 0) < 24) this.skip();
    const patch = {
      spec: { containers: [{ name: "application", resources: { limits: { cpu: "600m" } } }] },
    };
    await kubectl(
      "patch",
      "pod",
      "application-pod",
      "--subresource",
      "resize",
      "-p",
      JSON.stringify(patch),
    );
    await eventually(async () => {
      const text = await kubectl("describe", "pod", "application-pod");
      assert.match(text, /ResizeCompleted/);
      assert.match(text, /Restart Count: +0/);
      assert.match(text, /cpu: +600m/);
    });
  });

  it("applies a manifest twice, on the client's side and on the server's", async () => {
    const file = join(folder, "web.json");
    assert.match(await kubectl("apply", "-f", file), /deployment.apps\/web created/);
    assert.match(await kubectl("apply", "-f", file), /deployment.apps\/web unchanged/);
    assert.match(await kubectl("apply", "--server-side", "-f", file), /serverside-applied/);
    await kubectl("scale", "deploy/web", "--replicas=2");
    assert.match(
      await kubectl("rollout", "status", "deploy/web", "--timeout=60s"),
      /successfully rolled out/,
    );
  });

  it("says what would change before it does", async () => {
    const changed = { ...manifest, spec: { ...manifest.spec, replicas: 3 } };
    const file = join(folder, "changed.json");
    writeFileSync(file, JSON.stringify(changed));
    const dry = await kubectl("apply", "--dry-run=server", "-f", file);
    assert.match(dry, /deployment.apps\/web configured \(server dry run\)/);
    // kubectl says that there is a difference with exit code 1.
    const told = await kubectl("diff", "-f", file).catch(
      (error: { stdout: string }) => error.stdout,
    );
    assert.match(told, /^\+ {2}replicas: 3$/m);
    assert.equal(await kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}"), "2");
  });

  it("creates a namespace and asks what it may do, in protobuf", async () => {
    assert.match(await kubectl("create", "namespace", "lab"), /namespace\/lab created/);
    assert.match(await kubectl("auth", "can-i", "patch", "pods/resize"), /yes/);
  });

  it("creates what guards look at, in protobuf (kubectl >= 1.32)", async function () {
    // Before, some of them came as JSON, or in versions that are gone.
    if ((kubectlMinor ?? 0) < 32) this.skip();
    await kubectl("create", "quota", "small", "--hard=requests.cpu=1500m,pods=20");
    await kubectl("create", "pdb", "one", "--selector=app=depfog", "--min-available=50%");
    await kubectl("create", "pdb", "two", "--selector=app=depfog", "--max-unavailable=1");
    await kubectl("create", "priorityclass", "late", "--value=-5", "--description=last");
    await kubectl("create", "job", "once", "--image=busybox", "--", "true");
    await kubectl("create", "cronjob", "daily", "--image=busybox", "--schedule=0 3 * * *");
    const specOf = async (what: string): Promise<Record<string, unknown>> =>
      JSON.parse(await kubectl("get", what, "-o", "jsonpath={.spec}")) as Record<string, unknown>;
    assert.deepEqual((await specOf("quota/small"))["hard"], {
      pods: "20",
      "requests.cpu": "1500m",
    });
    assert.equal((await specOf("pdb/one"))["minAvailable"], "50%");
    assert.equal((await specOf("pdb/two"))["maxUnavailable"], 1);
    assert.match(await kubectl("get", "priorityclass", "late", "-o", "jsonpath={.value}"), /^-5$/);
    assert.match(JSON.stringify(await specOf("job/once")), /"command":\["true"\]/);
    assert.equal((await specOf("cronjob/daily"))["schedule"], "0 3 * * *");
    for (const what of ["quota/small", "pdb/one", "pdb/two"]) {
      await kubectl("delete", what);
    }
  });

  it("warns of what it keeps and nothing acts on, and says what it does not serve", async () => {
    const write = async (name: string, object: object): Promise<string> => {
      writeFileSync(join(folder, name), JSON.stringify(object));
      const { stderr } = await run("kubectl", ["apply", "-f", join(folder, name)], {
        env: { ...process.env, KUBECONFIG: join(folder, "kubeconfig"), HOME: folder },
      });
      return stderr;
    };
    const broker = {
      apiVersion: "eventing.knative.dev/v1",
      kind: "Broker",
      metadata: { name: "mine" },
    };
    assert.match(await write("broker.json", broker), /^Warning: the simulated cluster keeps/);
    const env = { ...process.env, KUBECONFIG: join(folder, "kubeconfig"), HOME: folder };
    const removed = await run("kubectl", ["delete", "broker", "mine"], { env });
    assert.match(removed.stderr, /^Warning: npm run dev goes on with what is in the folders of -f/);
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "mine" },
      stringData: { word: "vigie" },
    };
    assert.equal(await write("secret.json", secret), "");
    const shown = await kubectl("get", "secret", "mine", "-o", "jsonpath={.type} {.data.word}");
    assert.equal(shown, "Opaque dmlnaWU=");
    await assert.rejects(
      kubectl("get", "--raw", "/api/v1/namespaces/default/podtemplates"),
      /does not serve podtemplates of v1/,
    );
  });

  it("refuses a field that is mistyped, and only warns where that is asked for (kubectl >= 1.27)", async function () {
    if ((kubectlMinor ?? 0) < 27) this.skip();
    const mistyped = {
      ...manifest,
      metadata: { name: "typo" },
      spec: { ...manifest.spec, replcas: 2 },
    };
    const file = join(folder, "typo.json");
    writeFileSync(file, JSON.stringify(mistyped));
    await assert.rejects(
      kubectl("apply", "-f", file),
      /strict decoding error: unknown field "spec\.replcas"/,
    );
    const env = { ...process.env, KUBECONFIG: join(folder, "kubeconfig"), HOME: folder };
    const warned = await run("kubectl", ["apply", "--validate=warn", "-f", file], { env });
    assert.equal(warned.stderr, 'Warning: unknown field "spec.replcas"\n');
    // What is in there already is no news.
    assert.match(await kubectl("scale", "deploy/typo", "--replicas=2"), /scaled/);
    assert.match(await kubectl("set", "image", "deploy/typo", "web=web:2"), /image updated/);
  });

  it("explains fields, Kubernetes' own in its words (kubectl >= 1.27)", async function () {
    if ((kubectlMinor ?? 0) < 27) this.skip();
    const limits = await kubectl("explain", "pod.spec.containers.resources.limits");
    assert.match(limits, /^FIELD: limits <map\[string\]string>$/m);
    assert.match(limits, /maximum amount of compute/);
    assert.match(await kubectl("explain", "deploy"), /^ {2}spec\t<DeploymentSpec>$/m);
    assert.match(await kubectl("explain", "trigger.spec"), /has no description of the fields/);
    await assert.rejects(kubectl("explain", "pod.spec.nope"), /field "nope" does not exist/);
  });

  it("answers --as with what that user may do, and no more", async () => {
    const bob = "system:serviceaccount:team:bob";
    await kubectl("create", "namespace", "team");
    await kubectl("create", "serviceaccount", "bob", "-n", "team");
    await kubectl("create", "role", "reader", "--verb=get", "--resource=pods", "-n", "team");
    await kubectl(
      "create",
      "rolebinding",
      "b",
      "--role=reader",
      "--serviceaccount=team:bob",
      "-n",
      "team",
    );
    const canI = async (verb: string, ...as: string[]): Promise<string> => {
      const asked = kubectl("auth", "can-i", verb, "pods", "-n", "team", ...as);
      // kubectl says no with exit code 1.
      return (await asked.catch((error: { stdout: string }) => error.stdout)).trim();
    };
    assert.equal(await canI("get", "--as", bob), "yes");
    assert.equal(await canI("delete", "--as", bob), "no");
    assert.equal(await canI("get", "--as", "alice"), "no");
    assert.equal(await canI("delete", "--as", "alice", "--as-group", "system:masters"), "yes");
    const rules = await kubectl("auth", "can-i", "--list", "-n", "team", "--as", bob);
    assert.match(rules, /^pods +\[\] +\[\] +\[get\]$/m);
    await assert.rejects(kubectl("get", "pods", "-n", "shop", "--as", bob), /cannot list resource/);
  });

  it("prints nodes and their use", async () => {
    assert.match(await kubectl("get", "nodes"), /^minikube +Ready +control-plane +3d +v1.35.0$/m);
    assert.match(await kubectl("top", "pod", "application-pod"), /application-pod +460m +96Mi/);
  });
});
