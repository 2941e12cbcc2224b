import assert from "node:assert/strict";
import { startCluster } from "../../../../knative/local/cluster/start.ts";
import type { Cluster } from "../../../../knative/local/cluster/start.ts";
import { call, expectStatus, merge } from "./http.ts";

const path = "/api/v1/namespaces/default/configmaps/settings";
const events = "/apis/events.k8s.io/v1/namespaces/default/events";

describe("server-side apply", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ port: 0 });
  });
  after(() => cluster.close());

  const apply = (manager: string, data: object, query = "") =>
    call(cluster, "PATCH", `${path}?fieldManager=${manager}${query}`, {
      type: "application/apply-patch+yaml",
      body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data },
    });

  it("creates what is not there", async () => {
    assert.equal((await apply("one", { a: "1", b: "2" })).code, 201);
  });

  it("removes what its manager no longer names and keeps what another owns", async () => {
    await apply("two", { c: "3" });
    const { body } = await apply("one", { a: "1" });
    assert.deepEqual(body.data, { a: "1", c: "3" });
    const managers = body.metadata.managedFields.map((entry: { manager: string }) => entry.manager);
    assert.deepEqual(managers.toSorted(), ["one", "two"]);
  });

  it("answers 409 to a field another manager owns, unless it is forced", async () => {
    expectStatus(
      await apply("two", { a: "9", c: "3" }),
      409,
      /^Apply failed with 1 conflict: conflict with "one": .data.a$/,
    );
    const { code, body } = await apply("two", { a: "9", c: "3" }, "&force=true");
    assert.equal(code, 200);
    assert.deepEqual(body.data, { a: "9", c: "3" });
  });

  it("sees a field that a plain patch has changed as owned by its writer", async () => {
    await call(cluster, "PATCH", `${path}?fieldManager=hand`, {
      type: merge,
      body: { data: { c: "4" } },
    });
    expectStatus(
      await apply("two", { a: "9", c: "3" }),
      409,
      /1 conflict: conflict with "hand" using v1: .data.c$/,
    );
  });

  it("wants a field manager", async () => {
    expectStatus(await apply("", {}), 422, /fieldManager: Required value/);
  });
});

describe("events", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ port: 0 });
  });
  after(() => cluster.close());

  const event = (extra: object = {}) => ({
    metadata: { name: "application-pod.1" },
    eventTime: "2026-01-01T00:00:00.000000Z",
    type: "Normal",
    action: "Resize",
    reason: "RightSized",
    note: "cpu 500m to 700m",
    reportingController: "vigie.dev/resource-patch",
    reportingInstance: "one",
    regarding: { kind: "Pod", namespace: "default", name: "application-pod", uid: "u" },
    ...extra,
  });

  it("are one storage for core v1 and events.k8s.io/v1", async () => {
    assert.equal((await call(cluster, "POST", events, { body: event() })).code, 201);
    const core = await call(
      cluster,
      "GET",
      "/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid=u",
    );
    assert.equal(core.body.items[0].message, "cpu 500m to 700m");
    assert.equal(core.body.items[0].involvedObject.name, "application-pod");
    expectStatus(await call(cluster, "POST", events, { body: event() }), 409, /already exists/);
  });

  it("are refused without a reason or with a note over 1024 bytes", async () => {
    expectStatus(
      await call(cluster, "POST", events, { body: event({ reason: "" }) }),
      422,
      /reason: Required/,
    );
    expectStatus(
      await call(cluster, "POST", events, { body: event({ note: "x".repeat(1025) }) }),
      422,
      /at most 1024/,
    );
  });
});
