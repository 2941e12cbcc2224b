import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { giveBackPort, takePort } from "../../../knative/local/serving/free-port.ts";
import { startTimeOf } from "../../../knative/local/serving/process-identity.ts";
import { ask, ECHO, isRunning, until } from "./serving/programs.ts";

const main = join(import.meta.dirname, "../../../knative/local/main.js");

/** Serving and eventing of a lab that has nothing of this project but its runtime. */
const MANIFESTS = `
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: default, namespace: lab }
spec: { delivery: { retry: 2, backoffPolicy: linear, backoffDelay: PT0.1S } }
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: echo, namespace: lab, labels: { kind: source } }
spec:
  template:
    metadata:
      annotations: { vigie.dev/local-command: '["node", "echo.cjs"]' }
    spec:
      serviceAccountName: reader
      containers:
        - image: example.org/echo
          args: [--policy, /etc/lab/policy.yaml]
          env:
            - { name: POLICY_FILE, value: /etc/lab/policy.yaml }
            - { name: TOKEN, valueFrom: { secretKeyRef: { name: key, key: token } } }
            - { name: K_SINK, value: "http://nowhere.example/" }
          volumeMounts: [{ name: policy, mountPath: /etc/lab }]
      volumes: [{ name: policy, configMap: { name: policy } }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: policy, namespace: lab }
data: { policy.yaml: "mode: auto" }
---
apiVersion: v1
kind: Secret
metadata: { name: key, namespace: lab }
stringData: { token: hush }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: lab }
---
apiVersion: sources.knative.dev/v1
kind: SinkBinding
metadata: { name: echo, namespace: lab }
spec:
  subject: { apiVersion: serving.knative.dev/v1, kind: Service, selector: { matchLabels: { kind: source } } }
  sink: { ref: { apiVersion: eventing.knative.dev/v1, kind: Broker, name: default } }
  ceOverrides: { extensions: { team: lab } }
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: all, namespace: lab }
spec:
  broker: default
  filters: [{ exact: { type: dev.lab.happened } }]
  subscriber:
    ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: quiet }
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: quiet, namespace: lab }
spec:
  template:
    metadata:
      annotations: { vigie.dev/local-command: node quiet.cjs }
    spec: { containers: [{ image: example.org/quiet }] }
`;
const QUIET = `
require("node:http").createServer((req, res) => { req.resume(); res.statusCode = 204; res.end(); })
  .listen(process.env.PORT);
process.once("SIGTERM", () => process.exit(0));
`;

type Line = { kind: string } & Record<string, unknown>;

describe("npm run dev", function () {
  this.timeout(60_000);
  let folder: string;
  let ports: [number, number, number];
  let runtime: ChildProcess;
  let lines: Line[];

  const start = (args: string[] = []) => {
    const [port, gatewayPort, kubePort] = ports.map(String);
    const own = ["--port", port, "--gateway-port", gatewayPort, "--kube-port", kubePort];
    return spawn(process.execPath, [main, ...(own as string[]), ...args], {
      cwd: folder,
      env: { ...process.env, LAB_SECRET: "of the user" },
    });
  };
  const outcome = async (args: string[]) => {
    const child = start(args);
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit") as Promise<[number]>,
    ]);
    return { code, out, err };
  };
  const launch = async (...args: string[]) => {
    lines = [];
    const child = start(["-f", "lab.yaml", "--json", ...args]);
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (more: string) => {
      const parts = (rest + more).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts.map((line) => JSON.parse(line) as Line));
    });
    let errors = "";
    child.stderr.on("data", (more: Buffer) => (errors += more.toString()));
    runtime = child;
    await until("ready", () => {
      assert.equal(child.exitCode, null, errors);
      return lines.some(({ kind }) => kind === "ready");
    });
  };
  const echo = async () => {
    const { body } = await ask(ports[1], { host: "echo.lab.localhost" });
    return JSON.parse(body) as { pid: number; env: Record<string, string>; argv: string[] };
  };
  const postEvent = (id: string) =>
    ask(ports[0], {
      path: "/lab/default",
      method: "POST",
      headers: {
        "ce-specversion": "1.0",
        "ce-id": id,
        "ce-source": "/t",
        "ce-type": "dev.lab.happened",
      },
    });
  const end = async (signal: NodeJS.Signals) => {
    const exited = once(runtime, "exit");
    runtime.kill(signal);
    return (await exited)[0] as number | null;
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigie-main-"));
    writeFileSync(join(folder, "lab.yaml"), MANIFESTS);
    writeFileSync(join(folder, "echo.cjs"), ECHO);
    writeFileSync(join(folder, "quiet.cjs"), QUIET);
    ports = [await takePort(), await takePort(), await takePort()];
  });
  afterEach(async () => {
    if (runtime !== undefined && runtime.exitCode === null && runtime.signalCode === null) {
      await end("SIGKILL");
    }
    ports.forEach(giveBackPort);
    rmSync(folder, { recursive: true, force: true });
  });

  it("gives a function what Knative would: its env, sink, volumes and account, nothing of the user's", async () => {
    await launch();
    const { env, argv } = await echo();
    assert.match(env["PORT"] ?? "", /^\d+$/);
    assert.deepEqual(
      [env["K_SERVICE"], env["K_CONFIGURATION"], env["K_REVISION"]],
      ["echo", "echo", "echo-00001"],
    );
    assert.equal(env["K_SINK"], `http://127.0.0.1:${ports[0]}/lab/default`);
    assert.equal(env["K_CE_OVERRIDES"], '{"extensions":{"team":"lab"}}');
    assert.equal(env["TOKEN"], "hush");
    assert.equal(env["LAB_SECRET"], undefined);
    const policy = env["POLICY_FILE"] ?? "";
    assert.equal(readFileSync(policy, "utf8"), "mode: auto");
    assert.deepEqual(argv, ["--policy", policy]);
    assert.equal(env["POD_NAMESPACE"], undefined);
    const kubeconfig = env["KUBECONFIG"] ?? "";
    assert.equal(statSync(kubeconfig).mode & 0o777, 0o600);
    const { users, clusters } = JSON.parse(readFileSync(kubeconfig, "utf8")) as {
      users: { user: { token?: string } }[];
      clusters: { cluster: { server: string } }[];
    };
    assert.equal(typeof users[0]?.user.token, "string");
    assert.ok(clusters[0]?.cluster.server.endsWith(`:${ports[2]}`));
    assert.equal(statSync(join(folder, ".vigie/kubeconfig")).mode & 0o777, 0o600);
  });

  it("delivers an event to the service of the trigger, cold then warm, a line for each, then sleeps", async () => {
    // Longer than a busy machine takes from the first event to the second.
    await launch("--window", "2");
    assert.equal((await postEvent("1")).status, 202);
    const deliveries = () => lines.filter(({ kind }) => kind === "delivery");
    await until("the first", () => deliveries().length === 1);
    await postEvent("2");
    await until("the second", () => deliveries().length === 2);
    const shown = deliveries().map((line) => [
      line["trigger"],
      line["subscriber"],
      line["start"],
      line["status"],
    ]);
    assert.deepEqual(shown, [
      ["all", "quiet", "cold", 204],
      ["all", "quiet", "warm", 204],
    ]);
    const states = () => lines.filter(({ kind }) => kind === "service").map(({ state }) => state);
    await until("zero", () => states().includes("zero"));
    assert.deepEqual(states(), ["up", "zero"]);
  });

  it("shows a refused request", async () => {
    await launch();
    assert.equal(
      (await ask(ports[0], { path: "/lab/default", method: "POST", body: "x" })).status,
      400,
    );
    await until("the line", () =>
      lines.some(({ kind, status }) => kind === "refused" && status === 400),
    );
  });

  it("takes an event with far more in its headers than Node's 16 KiB, as Go's servers do", async () => {
    await launch();
    const { status } = await ask(ports[0], {
      path: "/lab/default",
      method: "POST",
      headers: {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/t",
        "ce-type": "dev.lab.untaken",
        "ce-baggage": "x".repeat(500_000),
      },
    });
    assert.equal(status, 202);
  });

  it("ends with 0 and leaves no process behind on Ctrl-C, on one that does not heed SIGTERM too", async () => {
    writeFileSync(
      join(folder, "echo.cjs"),
      `${ECHO.replace(/process.once.*/, "")} process.on("SIGTERM", () => {});`,
    );
    await launch();
    const { pid } = await echo();
    assert.ok(isRunning(pid));
    assert.equal(await end("SIGINT"), 0);
    assert.equal(isRunning(pid), false);
  });

  it("leaves no process behind when it is killed itself", async function () {
    if (process.platform !== "linux") this.skip();
    await launch();
    const { pid } = await echo();
    await end("SIGKILL");
    await until("it has gone", async () => (await startTimeOf(pid)) === null);
  });

  it("names every port that is taken, with its option, and ends with 1", async () => {
    const taken = await Promise.all(ports.map(listen));
    const { code, out, err } = await outcome(["-f", "lab.yaml"]);
    for (const server of taken) server.close();
    assert.deepEqual([code, out], [1, ""]);
    assert.deepEqual(err.trimEnd().split("\n"), [
      `port ${ports[0]} is taken (broker); choose another with --port`,
      `port ${ports[1]} is taken (gateway); choose another with --gateway-port`,
      `port ${ports[2]} is taken (Kubernetes API); choose another with --kube-port`,
    ]);
  });

  it("says in one line that its folder cannot be written, and ends with 1", async () => {
    writeFileSync(join(folder, ".vigie"), "a file of somebody else");
    const { code, out, err } = await outcome(["-f", "lab.yaml"]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(
      err,
      /^\S+\.vigie cannot be written \(\w+\): start in a folder of your own[^\n]*\n$/,
    );
  });

  it("leaves a broken store as it is, says in one line what to do, and ends with 1", async () => {
    const store = join(folder, ".vigie/events/broker.sqlite");
    mkdirSync(join(folder, ".vigie/events"), { recursive: true });
    writeFileSync(store, "this is no database ".repeat(100));
    const { code, err } = await outcome(["-f", "lab.yaml"]);
    assert.equal(code, 1);
    assert.match(err, /^the store in \S+ cannot be opened: [^\n]*move that folder away[^\n]*\n$/);
    assert.match(readFileSync(store, "utf8"), /^this is no database/);
  });

  it("lists every fault of the manifests by file and line, and ends with 1", async () => {
    const broken = MANIFESTS.replace("node quiet.cjs", "node 'quiet.cjs")
      .replace("kind: Service, name: quiet }", "kind: Sink, name: quiet }")
      .replace("key: token", "key: nothing");
    writeFileSync(join(folder, "lab.yaml"), broken);
    const { code, err } = await outcome(["-f", "lab.yaml"]);
    assert.equal(code, 1);
    const faults = err.trimEnd().split("\n");
    assert.equal(faults.length, 3, err);
    for (const fault of faults) assert.match(fault, /^lab\.yaml:\d+: /);
    assert.match(
      err,
      /Trigger all: Sink \(serving\.knative\.dev\/v1\) quiet cannot be sent to locally/,
    );
    assert.match(err, /Service echo: env TOKEN: there is no key nothing in Secret lab\/key/);
    assert.match(err, /Service quiet: vigie\.dev\/local-command: the ' is not closed/);
  });

  it("refuses a kubeconfig and a scenario that are none, in a line", async () => {
    for (const option of ["--kubeconfig", "--scenario"]) {
      const { code, err } = await outcome(["-f", "lab.yaml", option, "lab.yaml"]);
      assert.equal(code, 1);
      assert.match(err, new RegExp(`^${option} [^\\n]*lab\\.yaml: [^\\n]+\\n$`));
    }
  });

  it("finds a program beside the manifest that names it, wherever it is started", async () => {
    mkdirSync(join(folder, "given"));
    for (const name of ["lab.yaml", "echo.cjs", "quiet.cjs"]) {
      renameSync(join(folder, name), join(folder, "given", name));
    }
    runtime = start(["-f", "given"]);
    let seen = "";
    runtime.stdout?.on("data", (more: Buffer) => (seen += more.toString()));
    await until("ready", () => /ready in \d+ ms/.test(seen));
    assert.equal((await postEvent("1")).status, 202);
    await until("the delivery", () => /all → quiet +cold +204/.test(seen));
    assert.equal(await end("SIGTERM"), 0);
  });

  it("refuses to share its folder with another one", async () => {
    await launch();
    const others = [await takePort(), await takePort(), await takePort()] as const;
    const [port, gatewayPort, kubePort] = others.map(String) as [string, string, string];
    const own = ["--port", port, "--gateway-port", gatewayPort, "--kube-port", kubePort];
    const { code, err } = await outcome(["-f", "lab.yaml", ...own]);
    others.forEach(giveBackPort);
    assert.equal(code, 1);
    assert.match(
      err,
      new RegExp(`^another vigie \\(process ${runtime.pid}\\) runs in this folder`),
    );
  });

  it("prints its options with --help, and one line for one it does not know", async () => {
    const help = await outcome(["--help"]);
    assert.equal(help.code, 0);
    assert.match(help.out, /--gateway-port N/);
    const { code, err } = await outcome(["--frobnicate"]);
    assert.equal(code, 1);
    assert.equal(err, "Unknown option '--frobnicate'; --help lists the options\n");
  });

  it("shows the doors as text to people", async () => {
    const child = start(["-f", "lab.yaml"]);
    runtime = child;
    let seen = "";
    child.stdout.on("data", (more: Buffer) => (seen += more.toString()));
    await until("ready", () => /ready in \d+ ms/.test(seen));
    assert.match(seen, new RegExp(`broker default +http://localhost:${ports[0]}/lab/default\n`));
    assert.match(seen, new RegExp(`echo +http://echo.lab.localhost:${ports[1]}/\n`));
    assert.equal(await end("SIGTERM"), 0);
  });
});

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}
