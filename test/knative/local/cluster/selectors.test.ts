import assert from "node:assert/strict";
import {
  matchesLabels,
  parseFilter,
  parseLabelSelector,
} from "../../../../knative/local/cluster/selectors.ts";

const labels = { app: "cart", "vigie.dev/sla": "gold", cpus: "16" };

describe("parseLabelSelector", () => {
  const table: [string, boolean][] = [
    ["", true],
    ["app=cart", true],
    ["app==cart,vigie.dev/sla=gold", true],
    ["app!=cart", false],
    ["missing!=x", true],
    ["app in (cart, search)", true],
    ["app in (search),vigie.dev/sla=gold", false],
    ["app notin (cart)", false],
    ["missing notin (a)", true],
    ["app", true],
    ["!app", false],
    ["!missing", true],
    ["constructor", false],
    ["cpus>4,cpus<64", true],
    ["cpus > 16", false],
    ["cpus<16", false],
    ["app>0", false],
    ["missing<9", false],
    ["app in(cart)", true],
  ];
  for (const [selector, expected] of table) {
    it(`${expected ? "selects" : "rejects"} with ${JSON.stringify(selector)}`, () => {
      assert.equal(matchesLabels(labels, parseLabelSelector(selector)), expected);
    });
  }

  for (const selector of [
    "app=; rm -rf /",
    "a b c",
    "x in ../",
    "=v",
    "a=b=c",
    "a>b",
    "a>-1",
    "a<",
  ]) {
    it(`refuses ${JSON.stringify(selector)}`, () => {
      assert.throws(() => parseLabelSelector(selector), { code: 400 });
    });
  }
});

describe("parseFilter", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "n" },
    spec: { nodeName: "m" },
    status: { phase: "Running" },
  };
  it("selects by fields of a pod", () => {
    assert.equal(parseFilter("", "spec.nodeName=m,status.phase!=Failed", "pods")(pod), true);
    assert.equal(parseFilter("", "metadata.name=q", "pods")(pod), false);
  });
  it("refuses a field that the kind does not offer", () => {
    assert.throws(() => parseFilter("", "spec.containers=x", "pods"), /field label not supported/);
  });
});
