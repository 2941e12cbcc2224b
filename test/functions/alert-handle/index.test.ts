import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AlertFired } from "../../../shared/events/alert.ts";
import { type Cluster, startCluster } from "../../../knative/local/cluster/start.ts";
import { postEvent } from "../../e2e/http.ts";
import { recording } from "../../recording.ts";
import { accountToken } from "../account.ts";
import { type RunningFunction, runFunction, runToExit } from "../run-function.ts";

type Pod = { metadata: { name: string; namespace: string; labels?: Record<string, string> } };

/** The first pod of a list; the cluster's controllers may still be making it. */
async function firstPod(url: string): Promise<Pod["metadata"]> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { items } = (await (await fetch(url)).json()) as { items: Pod[] };
    if (items[0] !== undefined) return items[0].metadata;
    await delay(20);
  }
  throw new Error(`no pod at ${url}`);
}

describe("alert-handle, as a process on the simulated cluster", function () {
  this.timeout(20_000);
  let folder: string;
  let cluster: Cluster;
  let handler: RunningFunction;
  let target: Pod["metadata"];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "vigie-alert-handle-"));
    cluster = await startCluster({ port: 0, ...recording() });
    const kubeconfig = join(folder, "kubeconfig");
    const token = accountToken(cluster, "alert-handle");
    await writeFile(kubeconfig, cluster.kubeconfig({ token }));
    target = await firstPod(`${cluster.url}/api/v1/namespaces/shop/pods`);
    handler = await runFunction("alert-handle", { KUBECONFIG: kubeconfig });
  });
  after(async () => {
    const code = await handler?.stop();
    await cluster?.close();
    await rm(folder, { recursive: true });
    assert.equal(code, 0);
  });

  const fire = (id: string, pod: string | null, namespace = target.namespace) =>
    postEvent(
      handler.url,
      { id, type: AlertFired.type },
      {
        alertname: "PodLoadHigh",
        labels: { alertname: "PodLoadHigh", resource: "cpu", namespace, ...(pod && { pod }) },
        annotations: {},
        percent: 92,
        fingerprint: "07388315533bd331",
        startsAt: "2026-11-20T11:44:43.396Z",
        endsAt: null,
      },
    );

  it("labels the pod, replies, and to a redelivery replies the same", async () => {
    const first = await fire("1", target.name);
    assert.equal(first.status, 200, first.body);
    assert.equal(first.headers["ce-type"], "dev.vigie.load.classified.v1");
    assert.equal(first.headers["ce-load"], "high");
    const path = `${cluster.url}/api/v1/namespaces/${target.namespace}/pods/${target.name}`;
    const pod = (await (await fetch(path)).json()) as Pod;
    assert.equal(pod.metadata.labels?.["vigie.dev/load"], "high");
    const second = await fire("1", target.name);
    assert.equal(second.headers["ce-id"], first.headers["ce-id"]);
    assert.equal(second.body, first.body);
  });

  it("answers 422 with the reason to a hostile, a missing and an unknown pod", async () => {
    for (const [pod, code] of [
      ["x; rm -rf /", "INVALID_NAME"],
      ["../../secrets/token", "INVALID_NAME"],
      [null, "NO_POD"],
      ["nobody-here", "POD_NOT_FOUND"],
    ] as const) {
      const answer = await fire(`bad ${pod}`, pod);
      assert.equal(answer.status, 422);
      assert.equal((JSON.parse(answer.body) as { code: string }).code, code);
    }
  });

  it("answers 204 about a protected namespace", async () => {
    assert.equal((await fire("2", "coredns", "kube-system")).status, 204);
  });

  it("does not start with a bad policy, and lists every fault", async () => {
    const file = join(folder, "policy.yaml");
    await writeFile(file, "bands: {moderatePercent: 80, highPercent: 66}\npreset: loud\nwhat: 1\n");
    const { code, output } = await runToExit("alert-handle", { POLICY_FILE: file });
    assert.equal(code, 1);
    for (const fault of ["bands", "preset", "what"]) assert.ok(output.includes(fault), output);
  });
});
