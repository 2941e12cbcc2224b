import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordedCall } from "../../../../knative/local/cluster/recording.ts";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";
import { call, merge } from "./http.ts";
import { realCluster, workload } from "./real-cluster.ts";

describe("a recording of the simulated API", () => {
  let folder: string;
  let cluster: Cluster;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vigie-recording-"));
    const labels = { "vigie.dev/managed": "true" };
    const workloads = [
      workload("Deployment", "web", "100m", { labels }),
      workload("StatefulSet", "db", "100m", { storage: "1Gi", podLabels: labels }),
    ];
    const record = join(folder, "calls.jsonl");
    cluster = await startCluster({ port: 0, scenario: realCluster({ workloads }), record });
  });
  after(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true });
  });

  const pods = "/api/v1/namespaces/shop/pods";
  const last = () => {
    const lines = readFileSync(join(folder, "calls.jsonl"), "utf8").trimEnd().split("\n");
    return JSON.parse(lines.at(-1) ?? "") as RecordedCall;
  };

  it("says of a write what its target and the owners of that had for labels before", async () => {
    const { items } = (await call(cluster, "GET", `${pods}?labelSelector=app%3Dweb`)).body;
    const { name, labels } = items[0].metadata;
    const body = { metadata: { labels: { app: null } } };
    await call(cluster, "PATCH", `${pods}/${name}`, { body, type: merge });
    const { time, target, ...rest } = last();
    assert.ok(Date.parse(time) > 0);
    assert.deepEqual(rest, {
      user: "kubernetes-admin",
      verb: "patch",
      group: "",
      resource: "pods",
      namespace: "shop",
      name,
      httpStatus: 200,
      isDenied: false,
    });
    assert.deepEqual(target?.labels, labels);
    assert.equal(target?.ownerLabels.at(-1)?.["vigie.dev/managed"], "true");
  });

  it("says what the pods of a workload, and those that mount a claim, have for labels", async () => {
    const isManaged = () =>
      last().target?.podLabels.some((labels) => labels["vigie.dev/managed"] === "true");
    const body = { metadata: { annotations: { seen: "yes" } } };
    await call(cluster, "PATCH", "/apis/apps/v1/namespaces/shop/statefulsets/db", {
      body,
      type: merge,
    });
    assert.equal(isManaged(), true);
    const claims = "/api/v1/namespaces/shop/persistentvolumeclaims";
    const { items } = (await call(cluster, "GET", claims)).body;
    await call(cluster, "PATCH", `${claims}/${items[0].metadata.name}`, { body, type: merge });
    assert.deepEqual([last().resource, last().httpStatus], ["persistentvolumeclaims", 200]);
    assert.equal(isManaged(), true);
  });

  it("tells what no rule allows from what the API refuses", async () => {
    const token = cluster.tokenFor("shop", "stranger");
    await call(cluster, "GET", pods, { token });
    const { user, verb, isDenied, httpStatus, target } = last();
    assert.deepEqual(
      [user, verb, isDenied, httpStatus, target],
      ["system:serviceaccount:shop:stranger", "list", true, 403, null],
    );
    await call(cluster, "PATCH", `${pods}/nobody/resize`, { body: {}, type: merge });
    assert.deepEqual(
      [last().resource, last().isDenied, last().httpStatus, last().target],
      ["pods/resize", false, 404, null],
    );
  });
});
