import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cluster, startCluster } from "../../../knative/local/cluster/start.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { createKubeClient } from "../../../shared/kube/connect.ts";
import { type Note, recordEvent } from "../../../shared/kube/events.ts";

describe("recordEvent", () => {
  let folder: string;
  let cluster: Cluster;
  let kube: KubeClient;
  beforeEach(async () => {
    cluster = await startCluster({ port: 0 });
    folder = mkdtempSync(join(tmpdir(), "vigie-"));
    writeFileSync(join(folder, "kubeconfig"), cluster.kubeconfig());
    kube = createKubeClient({ env: { KUBECONFIG: join(folder, "kubeconfig") } });
  });
  afterEach(async () => {
    await kube.close();
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  const reporter = { controller: "vigie.dev/test", instance: "x".repeat(300) };
  const note = (name: string, text: string): Note => ({
    id: "0123456789abcdef0123456789abcdef",
    regarding: { apiVersion: "v1", kind: "Pod", namespace: "shop", name, uid: "u" },
    time: "2026-11-21T08:00:00Z",
    type: "Normal",
    action: "Resize",
    reason: "Resized",
    note: text,
  });
  const list = async () => {
    const path = "/apis/events.k8s.io/v1/namespaces/shop/events";
    const { items } = await kube.request<{ items: { note: string; metadata: { name: string } }[] }>(
      { method: "GET", path },
    );
    return items;
  };

  it("records what an API server takes, once for a cause", async () => {
    const before = (await list()).length;
    assert.equal(await recordEvent(kube, note("web", "why"), reporter), null);
    assert.equal(await recordEvent(kube, note("web", "why"), reporter), null);
    assert.equal((await list()).length, before + 1);
  });

  it("cuts a long note between characters, and a long name to a valid one", async () => {
    const name = `${"a".repeat(219)}-.`.slice(0, 221);
    assert.equal(await recordEvent(kube, note(name, "é€😀".repeat(500)), reporter), null);
    const event = (await list()).find(({ metadata }) => metadata.name.startsWith("aaa"));
    assert.ok(event);
    assert.ok(Buffer.byteLength(event.note) <= 1024);
    assert.ok(!event.note.includes("\uFFFD"));
    assert.ok(event.note.endsWith("…"));
  });

  it("never throws: it says why the event is lost", async () => {
    const { regarding, ...rest } = note("web", "why");
    const hostile = { ...rest, regarding: { ...regarding, namespace: "../x" } };
    const lost = await recordEvent(kube, hostile, reporter);
    assert.match(lost?.message ?? "", /not a Kubernetes name/);
    await cluster.close();
    assert.ok((await recordEvent(kube, note("web", "why"), reporter)) instanceof Error);
  });
});
