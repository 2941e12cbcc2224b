import assert from "node:assert/strict";
import {
  changeEvent,
  isOwned,
  type ResourceChange,
  sentEvent,
} from "../../../../knative/local/sources/resource-event.ts";
import { compileFilters } from "../../../../knative/local/broker/filter/compile.ts";

const stamp = { id: "1", time: new Date(0) };
const server = "http://127.0.0.1:8082";
const deployment = { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments" };
const object = { metadata: { name: "web", namespace: "lab" }, spec: { replicas: 2 } };

const resourceEvent = (
  source: { mode: "Reference" | "Resource"; extensions: Record<string, string> },
  change: ResourceChange,
) => sentEvent(changeEvent(source, server, change), source, stamp);

describe("the event of a change", () => {
  it("names the object in Reference mode, and is the object in Resource mode", () => {
    const change = { type: "MODIFIED", object, ...deployment } as const;
    const reference = resourceEvent({ mode: "Reference", extensions: {} }, change);
    assert.deepEqual(Object.fromEntries(reference.attributes), {
      specversion: "1.0",
      id: "1",
      source: server,
      type: "dev.knative.apiserver.ref.update",
      subject: "/apis/apps/v1/namespaces/lab/deployments/web",
      time: "1970-01-01T00:00:00.000Z",
      datacontenttype: "application/json",
      kind: "Deployment",
      name: "web",
      apiversion: "apps/v1",
      namespace: "lab",
    });
    const { apiVersion, kind } = deployment;
    const named = { kind, namespace: "lab", name: "web", apiVersion };
    assert.deepEqual(JSON.parse(String(reference.data)), named);
    const whole = resourceEvent({ mode: "Resource", extensions: {} }, change);
    assert.equal(whole.attributes.get("type"), "dev.knative.apiserver.resource.update");
    assert.deepEqual(JSON.parse(String(whole.data)), { apiVersion, kind, ...object });
  });

  it("has no namespace for what is in none, and takes extensions of the source", () => {
    const node = { apiVersion: "v1", kind: "Node", plural: "nodes" };
    const change = { type: "DELETED", object: { metadata: { name: "one" } }, ...node } as const;
    const source = { mode: "Reference", extensions: { team: "lab" } } as const;
    const { attributes } = resourceEvent(source, change);
    assert.equal(attributes.get("subject"), "/apis/v1/namespaces//nodes/one");
    assert.equal(attributes.has("namespace"), false);
    assert.equal(attributes.get("team"), "lab");
  });

  const created = { type: "ADDED", object, ...deployment } as const;
  const seen: [name: string, cesql: string, "pass" | "fail"][] = [
    ["the type", "type = 'dev.knative.apiserver.ref.add'", "pass"],
    [
      "kind, name and namespace",
      "kind = 'Deployment' AND name = 'web' AND namespace = 'lab'",
      "pass",
    ],
    ["the subject", "subject LIKE '%/deployments/web'", "pass"],
    ["another type", "type = 'dev.knative.apiserver.ref.delete'", "fail"],
    ["the time, which it has none of yet", "EXISTS time", "fail"],
    ["an override, which it does not have yet", "EXISTS team", "fail"],
  ];
  for (const [name, cesql, result] of seen) {
    it(`is asked for ${name} by the filters of its source: ${result}`, () => {
      const filter = compileFilters({ filters: [{ cesql }], attributes: null });
      assert.equal(filter(changeEvent({ mode: "Reference" }, server, created)), result);
    });
  }
});

describe("isOwned", () => {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet" };
  const owned = (controller: boolean, kind = owner.kind) => ({
    metadata: { name: "x", ownerReferences: [{ apiVersion: "apps/v1", kind, controller }] },
  });

  it("takes everything without an owner, else only what such an object controls", () => {
    assert.ok(isOwned({ owner: null }, object));
    assert.ok(isOwned({ owner }, owned(true)));
    assert.ok(!isOwned({ owner }, owned(false)));
    assert.ok(!isOwned({ owner }, owned(true, "DaemonSet")));
    assert.ok(!isOwned({ owner }, object));
  });
});
