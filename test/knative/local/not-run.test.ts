import assert from "node:assert/strict";
import { notRunKinds } from "../../../knative/local/not-run.ts";
import type { Located } from "../../../knative/local/manifests/load.ts";

const located = (apiVersion: string, kind: string, name: string): Located =>
  ({
    object: { apiVersion, kind, metadata: { name, namespace: "n" } },
    file: "x.yaml",
    line: 1,
  }) as Located;

describe("notRunKinds", () => {
  const others = [
    located("eventing.knative.dev/v1beta3", "EventType", "a"),
    located("cert-manager.io/v1", "Certificate", "b"),
    located("cert-manager.io/v1", "Certificate", "c"),
    located("networking.k8s.io/v1", "NetworkPolicy", "d"),
    located("v1", "Namespace", "n"),
  ];

  it("names each kind once that nothing here acts on", () => {
    assert.deepEqual(notRunKinds(others, true), [
      "EventType (eventing.knative.dev/v1beta3)",
      "2 × Certificate (cert-manager.io/v1)",
      "NetworkPolicy (networking.k8s.io/v1)",
    ]);
  });

  it("names what a cluster would have taken, too, where nothing is applied", () => {
    assert.equal(notRunKinds(others, false).at(-1), "Namespace (v1)");
  });
});
