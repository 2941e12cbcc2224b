import assert from "node:assert/strict";
import { isOwned, resourceEvent } from "../../../../knative/local/sources/resource-event.ts";

const stamp = { id: "1", time: new Date(0) };
const server = "http://127.0.0.1:8082";
const deployment = { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments" };
const object = { metadata: { name: "web", namespace: "lab" }, spec: { replicas: 2 } };

describe("resourceEvent", () => {
  it("names the object in Reference mode, and is the object in Resource mode", () => {
    const change = { type: "MODIFIED", object, ...deployment } as const;
    const reference = resourceEvent({ mode: "Reference", extensions: {} }, server, change, stamp);
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
    const whole = resourceEvent({ mode: "Resource", extensions: {} }, server, change, stamp);
    assert.equal(whole.attributes.get("type"), "dev.knative.apiserver.resource.update");
    assert.deepEqual(JSON.parse(String(whole.data)), { apiVersion, kind, ...object });
  });

  it("has no namespace for what is in none, and takes extensions of the source", () => {
    const node = { apiVersion: "v1", kind: "Node", plural: "nodes" };
    const change = { type: "DELETED", object: { metadata: { name: "one" } }, ...node } as const;
    const source = { mode: "Reference", extensions: { team: "lab" } } as const;
    const { attributes } = resourceEvent(source, server, change, stamp);
    assert.equal(attributes.get("subject"), "/apis/v1/namespaces//nodes/one");
    assert.equal(attributes.has("namespace"), false);
    assert.equal(attributes.get("team"), "lab");
  });
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
