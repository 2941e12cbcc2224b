import assert from "node:assert/strict";
import { isManaged, isProtected, slaClassOf } from "../../shared/opt-in.ts";
import { DEFAULT_POLICY } from "../../shared/policy-default.ts";

describe("opt-in", () => {
  it("protects the system's namespaces and its own", () => {
    for (const namespace of ["kube-system", "knative-serving", "kourier-system", "vigie"]) {
      assert.ok(isProtected(namespace, DEFAULT_POLICY), namespace);
    }
    for (const namespace of ["default", "shop", "vigie-demo", "my-kube-system", ""]) {
      assert.ok(!isProtected(namespace, DEFAULT_POLICY), namespace);
    }
  });

  it("is managed by any label of any set, with the very value", () => {
    assert.ok(isManaged([{ fogsla: "ok" }], DEFAULT_POLICY));
    assert.ok(isManaged([{}, { "vigie.dev/managed": "true" }], DEFAULT_POLICY));
    assert.ok(!isManaged([{ fogsla: "no" }, { "vigie.dev/managed": "yes" }], DEFAULT_POLICY));
    assert.ok(!isManaged([], DEFAULT_POLICY));
  });

  it("does not take what every object inherits for a label", () => {
    const policy = { optIn: [{ label: "constructor", value: "x" }] };
    assert.ok(!isManaged([{}], policy));
    assert.equal(
      slaClassOf({ podLabels: { "vigie.dev/sla": "constructor" } }, DEFAULT_POLICY),
      "silver",
    );
  });

  it("takes the class of the pod, then the workload, then the namespace, then the default", () => {
    const podLabels = { "vigie.dev/sla": "gold" };
    const workloadLabels = { "vigie.dev/sla": "bronze" };
    const namespaceLabels = { "vigie.dev/sla": "silver" };
    const all = { podLabels, workloadLabels, namespaceLabels };
    assert.equal(slaClassOf(all, DEFAULT_POLICY), "gold");
    assert.equal(slaClassOf({ ...all, podLabels: {} }, DEFAULT_POLICY), "bronze");
    assert.equal(slaClassOf({ namespaceLabels: podLabels }, DEFAULT_POLICY), "gold");
    const unknown = { podLabels: { "vigie.dev/sla": "platinum" }, workloadLabels };
    assert.equal(slaClassOf(unknown, DEFAULT_POLICY), "bronze");
    assert.equal(slaClassOf({}, DEFAULT_POLICY), "silver");
  });
});
