import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Cluster, startCluster } from "../../../knative/local/cluster/start.ts";
import { createKubeClient } from "../../../shared/kube/connect.ts";
import { listMetadata } from "../../../shared/kube/list.ts";
import { kubectlMinor } from "../../kubectl.ts";
import { recording } from "../../recording.ts";
import { accountToken } from "../account.ts";
import { type RunningFunction, runFunction } from "../run-function.ts";

describe("label-scan on the simulated cluster", function () {
  // Real processes, on a machine that may be busy.
  this.timeout(20_000);

  let cluster: Cluster;
  let folder: string;
  let kubeconfig: string;
  let sink: Server;
  let scan: RunningFunction;
  const sent: { type: string; subject: string; id: string }[] = [];

  before(async () => {
    cluster = await startCluster({ port: 0, ...recording() });
    folder = mkdtempSync(join(tmpdir(), "vigie-test-"));
    kubeconfig = join(folder, "kubeconfig");
    const token = accountToken(cluster, "label-scan");
    writeFileSync(kubeconfig, cluster.kubeconfig({ namespace: "vigie", token }));
    sink = createServer((request, response) => {
      const [type, subject, id] = ["ce-type", "ce-subject", "ce-id"].map((name) =>
        String(request.headers[name]),
      );
      sent.push({ type: type ?? "", subject: subject ?? "", id: id ?? "" });
      request.resume().on("end", () => response.writeHead(202).end());
    }).listen(0, "127.0.0.1");
    await once(sink, "listening");
    const { port } = sink.address() as AddressInfo;
    scan = await runFunction("label-scan", {
      KUBECONFIG: kubeconfig,
      K_SINK: `http://127.0.0.1:${port}/vigie/default`,
    });
  });
  after(async () => {
    await scan?.stop("SIGKILL");
    sink?.closeAllConnections();
    sink?.close();
    await cluster?.close();
    rmSync(folder, { recursive: true });
  });

  it("writes the demo's pods and nodes", async () => {
    const text = await (await fetch(`${scan.url}/labels`)).text();
    assert.match(text, /\nPod: application-pod\nLABELS: /);
    assert.match(text, /\nNode: minikube-m02\nLABELS: /);
  });

  it("is line by line what the original script collected from kubectl", async function () {
    if (kubectlMinor === null) this.skip();
    // The script asked for each pod by itself; one list has the same last column.
    const columns = async (...args: string[]) => {
      // Not the synchronous one: the cluster answers from this very process.
      const { stdout } = await promisify(execFile)(
        "kubectl",
        [
          `--kubeconfig=${kubeconfig}`,
          // Its own, not the one of whoever had this port before.
          `--cache-dir=${join(folder, "cache")}`,
          "get",
          ...args,
          "--show-labels",
        ],
        { timeout: 60_000 },
      );
      const lines = stdout.trimEnd().split("\n").slice(1);
      return lines.map((line) => line.split(/ {2,}| (?=\S+$)/));
    };
    const [, ...blocks] = (await (await fetch(`${scan.url}/labels`)).text()).split("\n\n");
    const counts = blocks.pop() ?? "";
    let namespace = "";
    const expected = [
      ...(await columns("pods", "-A")).flatMap(([own = "", name, ...rest]) => {
        const heading = own === namespace ? [] : [`Namespace: ${own}`];
        namespace = own;
        return [...heading, `Pod: ${name}\nLABELS: ${rest.at(-1)}`];
      }),
      ...(await columns("nodes")).map(([name, ...rest]) => `Node: ${name}\nLABELS: ${rest.at(-1)}`),
    ];
    assert.deepEqual(blocks, expected);
    assert.match(counts, /^\d+ pods in \d+ namespaces, \d+ nodes\n$/);
  });

  it("compresses for those who ask, and only for them", async () => {
    const read = async (encoding: string) => {
      const answer = await fetch(`${scan.url}/labels`, {
        headers: { "accept-encoding": encoding },
      });
      assert.equal(answer.headers.get("vary"), "accept, accept-encoding");
      // fetch has unpacked the text by its header.
      return { encoding: answer.headers.get("content-encoding"), text: await answer.text() };
    };
    const [packed, plain] = [await read("gzip"), await read("identity")];
    assert.equal(packed.encoding, "gzip");
    assert.equal(plain.encoding, null);
    const withoutTime = (text: string) => text.slice(text.indexOf("\n"));
    assert.equal(withoutTime(packed.text), withoutTime(plain.text));
  });

  it("answers 304 to a reader who has the same labels, packed or not, until one changes", async () => {
    const url = `${scan.url}/labels?namespace=shop`;
    const first = await fetch(url);
    await first.text();
    const etag = first.headers.get("etag") ?? "";
    assert.match(etag, /^W\/"[0-9a-f]{32}"$/);
    const ask = async (known: string, encoding = "gzip") => {
      const headers = { "if-none-match": known, "accept-encoding": encoding };
      const answer = await fetch(url, { headers });
      return { status: answer.status, text: await answer.text(), etag: answer.headers.get("etag") };
    };
    assert.deepEqual(await ask(etag), { status: 304, text: "", etag });
    assert.deepEqual(await ask(`"other", ${etag}`, "identity"), { status: 304, text: "", etag });
    assert.equal((await ask('"other"')).status, 200);
    const json = await fetch(`${url}&format=json`, { headers: { "if-none-match": etag } });
    assert.equal(json.status, 200, "another form is another answer");
    await json.text();
    // Somebody else labels it: label-scan itself may only list.
    const admin = join(folder, "admin");
    writeFileSync(admin, cluster.kubeconfig({ namespace: "vigie" }));
    const kube = createKubeClient({ env: { KUBECONFIG: admin } });
    const name = /^Pod: (\S+)/m.exec((await ask('"x"')).text)?.[1] ?? "";
    try {
      await kube.request({
        method: "PATCH",
        path: `/api/v1/namespaces/shop/pods/${name}`,
        contentType: "application/merge-patch+json",
        body: { metadata: { labels: { colour: "blue" } } },
      });
    } finally {
      await kube.close();
    }
    const changed = await ask(etag);
    assert.equal(changed.status, 200);
    assert.notEqual(changed.etag, etag);
    assert.match(changed.text, /colour=blue/);
  });

  it("gives nodes alone, pods alone, and one object a line", async () => {
    const read = async (query: string) => {
      const answer = await fetch(`${scan.url}/labels?${query}`);
      return { status: answer.status, text: await answer.text() };
    };
    const nodes = (await read("kind=nodes&format=ndjson")).text.trimEnd().split("\n");
    const objects = nodes.map((line) => JSON.parse(line) as { kind?: string; counts?: object });
    assert.deepEqual(objects.pop()?.counts, { pods: 0, namespaces: 0, nodes: objects.length });
    assert.ok(objects.length > 0 && objects.every(({ kind }) => kind === "Node"));
    const name = "kubernetes.io/hostname=minikube";
    const selector = encodeURIComponent(name);
    assert.match(
      (await read(`kind=nodes&selector=${selector}`)).text,
      /\n0 pods in 0 namespaces, 1 node\n$/,
    );
    assert.doesNotMatch((await read("kind=pods")).text, /^Node:/m);
    for (const bad of ["kind=secrets", "kind=nodes&namespace=shop", "format=xml"]) {
      assert.equal((await read(bad)).status, 400, bad);
    }
  });

  it("takes the form from Accept where the query names none", async () => {
    const typeFor = async (accept: string, query = "") => {
      const answer = await fetch(`${scan.url}/labels${query}`, { headers: { accept } });
      await answer.text();
      return answer.headers.get("content-type")?.split(";")[0];
    };
    assert.equal(await typeFor("application/json"), "application/json");
    assert.equal(await typeFor("application/x-ndjson, text/plain;q=0.5"), "application/x-ndjson");
    assert.equal(await typeFor("text/csv"), "text/csv");
    assert.equal(await typeFor("text/html,application/xml;q=0.9,*/*;q=0.8"), "text/plain");
    assert.equal(await typeFor("image/png"), "text/plain");
    assert.equal(await typeFor("application/json", "?format=csv"), "text/csv");
  });

  it("says to HEAD what it would say to GET, and 405 to the rest", async () => {
    const whole = await fetch(`${scan.url}/labels`, { headers: { "accept-encoding": "identity" } });
    const bytes = (await whole.arrayBuffer()).byteLength;
    const head = await fetch(`${scan.url}/labels`, {
      method: "HEAD",
      headers: { "accept-encoding": "identity" },
    });
    assert.equal(head.headers.get("content-length"), String(bytes));
    assert.equal(head.headers.get("etag"), whole.headers.get("etag"));
    assert.equal(await head.text(), "");
    const refused = await fetch(`${scan.url}/labels`, { method: "DELETE" });
    assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "GET, HEAD"]);
    assert.equal(((await refused.json()) as { code: string }).code, "METHOD_NOT_ALLOWED");
  });

  it("narrows to what has opted in", async () => {
    const answer = await fetch(`${scan.url}/labels?format=csv&selector=fogsla%3Dok`);
    const [header, ...lines] = (await answer.text()).trimEnd().split("\r\n");
    assert.equal(header, "kind,namespace,name,labels");
    assert.ok(lines.length > 0 && lines.every((line) => line.includes("fogsla=ok")));
  });

  it("sends each workload that has opted in once, the same again for a redelivery", async () => {
    const ping = { type: "dev.knative.sources.ping", id: "a" };
    const answer = await scan.post(ping);
    assert.equal(answer.status, 200);
    const { managed } = (await answer.json()) as { managed: number };
    const first = sent.splice(0);
    assert.ok(managed > 0);
    assert.equal(first.length, managed);
    assert.ok(first.every(({ type }) => type === "dev.vigie.workload.found.v1"));
    assert.ok(first.some(({ subject }) => subject.includes("/Deployment/")));
    assert.equal(new Set(first.map(({ subject }) => subject)).size, managed);
    await scan.post(ping);
    const ids = (events: typeof sent): string[] => events.map(({ id }) => id).toSorted();
    assert.deepEqual(ids(sent), ids(first));
  });

  it("reads a packed page of the cluster as a plain one", async () => {
    const annotations = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`note-${index}`, "x".repeat(100)]),
    );
    cluster.apply(
      Array.from({ length: 40 }, (_, index) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          namespace: "default",
          name: `big-${index}`,
          labels: { app: "big" },
          annotations,
        },
        spec: { containers: [{ name: "app", image: "nginx" }] },
      })),
    );
    const path = "/api/v1/namespaces/default/pods?labelSelector=app%3Dbig";
    const raw = await fetch(`${cluster.url}${path}`);
    assert.equal(raw.headers.get("content-encoding"), "gzip");
    const { items } = (await raw.json()) as { items: unknown[] };
    assert.equal(items.length, 40);
    const kube = createKubeClient({ env: { KUBECONFIG: kubeconfig } });
    const names: string[] = [];
    try {
      for await (const page of listMetadata(kube, {
        path: "/api/v1/namespaces/default/pods",
        labelSelector: "app=big",
      })) {
        names.push(...page.map(({ name }) => name));
      }
    } finally {
      await kube.close();
    }
    assert.equal(names.length, 40);
  });

  it("lists each pod once though the snapshot expires between two pages", async () => {
    const kube = createKubeClient({ env: { KUBECONFIG: kubeconfig } });
    let restarts = 0;
    const onRestart = (): void => void (restarts += 1);
    const collect = async (onPage: (page: number) => void): Promise<string[]> => {
      const found: string[] = [];
      let pages = 0;
      for await (const page of listMetadata(kube, {
        path: "/api/v1/pods",
        pageSize: 5,
        onRestart,
      })) {
        found.push(...page.map(({ uid }) => uid));
        onPage((pages += 1));
      }
      return found;
    };
    try {
      const whole = await collect(() => undefined);
      const broken = await collect((page) => {
        if (page !== 2) return;
        // A snapshot that is still the newest state does not expire.
        cluster.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "newer" } }]);
        cluster.compact();
      });
      assert.deepEqual(broken, whole);
      assert.equal(restarts, 1);
    } finally {
      await kube.close();
    }
  });
});
