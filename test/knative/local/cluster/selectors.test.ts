import assert from "node:assert/strict";
import { parseLabelSelector } from "../../../../knative/local/cluster/label-selector.ts";
import { knownResource, pods } from "../../../../knative/local/cluster/resources.ts";
import { matchesLabels, parseFilter } from "../../../../knative/local/cluster/selectors.ts";

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

// What kube-apiserver 1.36.3 said to each.
describe("a label selector that is none", () => {
  const nameRule =
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  const table: [string, string][] = [
    ["n>=3", "unable to parse requirement: found '=', expected: identifier"],
    [
      "n>abc",
      "unable to parse requirement: values[0]: Invalid value: \"abc\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    ["n gt 3", "unable to parse requirement: found 'gt', expected: in, notin, =, ==, !=, gt, lt"],
    ["=x", "found '=', expected: !, identifier, or 'end of string'"],
    ["a=b=c", "found '=', expected: ',' or 'end of string'"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (", "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ["a notin (x", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["a,", "found '', expected: identifier after ','"],
    ["a,,b", "found ',', expected: identifier after ','"],
    [",", "found ',', expected: !, identifier, or 'end of string'"],
    ["!", "unable to parse requirement: found '', expected: identifier"],
    ["-a=1", `unable to parse requirement: <nil>: Invalid value: "-a": ${nameRule}`],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
    ["(a)", "found '(', expected: !, identifier, or 'end of string'"],
    ["a!", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
    ["x in (a) y", "found 'y', expected: ',' or 'end of string'"],
  ];
  for (const [selector, message] of table) {
    it(`${JSON.stringify(selector)} is refused in the words of the API server`, () => {
      assert.throws(() => parseLabelSelector(selector), { code: 400, message });
    });
  }

  it("is not one with empty values: they select an empty label", () => {
    for (const selector of ["a in ()", "a in (b,,c)", "a=", "a in (,)"]) {
      assert.equal(matchesLabels({ a: "" }, parseLabelSelector(selector)), true, selector);
    }
  });
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
    assert.equal(parseFilter("", "spec.nodeName=m,status.phase!=Failed", pods)(pod), true);
    assert.equal(parseFilter("", "metadata.name=q", pods)(pod), false);
  });
  it("takes a value with an escaped comma, and no term at all", () => {
    assert.equal(parseFilter("", "metadata.name=a\\,b", pods)(pod), false);
    assert.equal(parseFilter("", "=", pods)(pod), true);
    assert.throws(() => parseFilter("", "metadata.name=a=b", pods), {
      message: "invalid field selector: unescaped character in value: 61",
    });
  });
  it("refuses in the words of each kind", () => {
    const table: [string, string, string, string][] = [
      ["v1", "Pod", "spec.foo=1", "field label not supported: spec.foo"],
      [
        "v1",
        "ConfigMap",
        "data.a=1",
        '"data.a" is not a known field selector: only "metadata.name", "metadata.namespace"',
      ],
      ["batch/v1", "Job", "status.failed=0", 'field label "status.failed" not supported for Job'],
      [
        "events.k8s.io/v1",
        "Event",
        "involvedObject.kind=Pod",
        "field label not supported: involvedObject.kind",
      ],
    ];
    for (const [apiVersion, kind, selector, message] of table) {
      const resource = knownResource(apiVersion, kind);
      assert.throws(() => parseFilter("", selector, resource), { code: 400, message }, selector);
    }
  });
  it("refuses a field that the kind does not offer", () => {
    assert.throws(() => parseFilter("", "spec.containers=x", pods), /field label not supported/);
  });
});
