import assert from "node:assert/strict";
import fc from "fast-check";
import type { Format, Labelled } from "../../../functions/label-scan/contract.ts";
import { createWriter } from "../../../functions/label-scan/write.ts";

const pod = (name: string, labels: Record<string, string>, namespace = "shop"): Labelled => ({
  kind: "Pod",
  namespace,
  name,
  labels,
});

function write(format: Format, objects: readonly Labelled[]): string {
  const writer = createWriter(format);
  return [
    writer.begin({ scope: "all pods in all namespaces", at: "2026-11-21T10:00:00.000Z" }),
    ...objects.map((object) => `${writer.between({ ...object, text: "" })}${writer.item(object)}`),
    writer.end({ pods: 3, namespaces: 2, nodes: 1 }),
  ].join("");
}

describe("label-scan text", () => {
  it("names each namespace once, its pods, their labels, and the nodes", () => {
    const objects: Labelled[] = [
      pod("cart-1", { tier: "web", app: "cart" }),
      pod("cart-2", {}),
      pod("coredns", { "k8s-app": "kube-dns" }, "kube-system"),
      { kind: "Node", namespace: "", name: "minikube", labels: { zone: "a" } },
    ];
    assert.equal(
      write("text", objects),
      `Labels of all pods in all namespaces, 2026-11-21T10:00:00.000Z

Namespace: shop

Pod: cart-1
LABELS: app=cart,tier=web

Pod: cart-2
LABELS: <none>

Namespace: kube-system

Pod: coredns
LABELS: k8s-app=kube-dns

Node: minikube
LABELS: zone=a

3 pods in 2 namespaces, 1 node
`,
    );
  });
});

describe("label-scan ndjson", () => {
  it("is one object a line whatever the labels hold, and the counts last", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: "binary" })), (labels) => {
        const lines = write("ndjson", [pod("a", labels), pod("b", {})]).split("\n");
        assert.equal(lines.length, 4);
        assert.deepEqual(JSON.parse(lines[0] ?? ""), JSON.parse(JSON.stringify(pod("a", labels))));
        assert.deepEqual(JSON.parse(lines[2] ?? ""), {
          counts: { pods: 3, namespaces: 2, nodes: 1 },
        });
        assert.equal(lines[3], "");
      }),
    );
  });
});

describe("label-scan JSON", () => {
  it("is one document with every object as it was", () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.string()), { maxLength: 5 }),
        (allLabels) => {
          const objects = allLabels.map((labels, index) => pod(`pod-${index}`, labels));
          const { items, counts } = JSON.parse(write("json", objects)) as Record<string, unknown>;
          assert.deepEqual(items, JSON.parse(JSON.stringify(objects)));
          assert.deepEqual(counts, { pods: 3, namespaces: 2, nodes: 1 });
        },
      ),
    );
  });
});

describe("label-scan CSV", () => {
  it("quotes as RFC 4180 says", () => {
    assert.equal(
      write("csv", [pod("cart-1", { app: "cart", tier: "web" }), pod('a"b', {})]),
      'kind,namespace,name,labels\r\nPod,shop,cart-1,"app=cart,tier=web"\r\nPod,shop,"a""b",\r\n',
    );
  });

  it("gives a spreadsheet no formula", () => {
    for (const name of ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"]) {
      assert.ok(write("csv", [pod(name, {})]).includes(`shop,'${name}`), name);
    }
  });
});
