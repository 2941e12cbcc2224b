import assert from "node:assert/strict";
import {
  isSelected,
  LabelSelector,
  selectorText,
} from "../../../../knative/local/manifests/label-selector.ts";

const selector = LabelSelector.parse({
  matchLabels: { app: "web" },
  matchExpressions: [
    { key: "tier", operator: "In", values: ["a", "b"] },
    { key: "zone", operator: "NotIn", values: ["x"] },
    { key: "sla", operator: "Exists" },
    { key: "old", operator: "DoesNotExist" },
  ],
});

describe("label selector", () => {
  it("is written as the API takes it", () => {
    assert.equal(selectorText(selector), "app=web,tier in (a,b),zone notin (x),sla,!old");
    assert.equal(selectorText(LabelSelector.parse({})), "");
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
    assert.ok(isSelected({}, LabelSelector.parse({})));
  });
});
