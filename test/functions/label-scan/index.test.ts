import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cluster, startCluster } from "../../../knative/local/cluster/start.ts";
import { createKubeClient } from "../../../shared/kube/connect.ts";
import { listMetadata } from "../../../shared/kube/list.ts";
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

  it("compresses for those who ask, and only for them", async () => {
    const read = async (encoding: string) => {
      const answer = await fetch(`${scan.url}/labels`, {
        headers: { "accept-encoding": encoding },
      });
      assert.equal(answer.headers.get("vary"), "accept-encoding");
      // fetch has unpacked the text by its header.
      return { encoding: answer.headers.get("content-encoding"), text: await answer.text() };
    };
    const [packed, plain] = [await read("gzip"), await read("identity")];
    assert.equal(packed.encoding, "gzip");
    assert.equal(plain.encoding, null);
    const withoutTime = (text: string) => text.slice(text.indexOf("\n"));
    assert.equal(withoutTime(packed.text), withoutTime(plain.text));
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
