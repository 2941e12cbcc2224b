import assert from "node:assert/strict";
import { isSelected, meets, selectorText } from "../../../shared/kube/label-selector.ts";

const selector = {
  matchLabels: { app: "web" },
  matchExpressions: [
    { key: "tier", operator: "In", values: ["a", "b"] },
    { key: "zone", operator: "NotIn", values: ["x"] },
    { key: "sla", operator: "Exists" },
    { key: "old", operator: "DoesNotExist" },
  ],
};

describe("label selector", () => {
  it("is written as the API takes it", () => {
    assert.equal(selectorText(selector), "app=web,tier in (a,b),zone notin (x),sla,!old");
    assert.equal(selectorText({}), "");
  });

  it("takes what fulfils every term", () => {
    const labels = { app: "web", tier: "b", sla: "" };
    assert.ok(isSelected(labels, selector));
    const others: Record<string, string>[] = [
      { app: "x" },
      { tier: "c" },
      { zone: "x" },
      { old: "" },
    ];
    for (const more of others) {
      assert.ok(!isSelected({ ...labels, ...more }, selector));
    }
    assert.ok(!isSelected({ app: "web", tier: "b" }, selector));
    assert.ok(isSelected({}, {}));
  });

  it("does not take the name of an inherited property for a label", () => {
    const matchExpressions = [{ key: "constructor", operator: "Exists" }];
    assert.ok(!isSelected({}, { matchExpressions }));
  });

  it("orders whole numbers of 64 bits, and nothing else", () => {
    const than = (operator: string, value: string | undefined, limit: string) =>
      meets(value, { key: "cores", operator, values: [limit] });
    assert.ok(than("Gt", "900000000000000001", "900000000000000000"));
    assert.ok(than("Lt", "-3", "2"));
    assert.ok(!than("Gt", "2", "2"));
    for (const value of [undefined, "", "many", "1.5", "1e3"]) assert.ok(!than("Gt", value, "0"));
    assert.ok(!than("Gt", "1", ""));
  });

  it("never meets an operator that it does not know", () => {
    assert.ok(!meets("a", { key: "tier", operator: "Like", values: ["a"] }));
  });
});
