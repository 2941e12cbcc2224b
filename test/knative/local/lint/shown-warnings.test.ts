import assert from "node:assert/strict";
import { shownWarnings } from "../../../../knative/local/lint/shown-warnings.ts";
import { warningText } from "../../../../knative/local/lint/lint.ts";

const warning = (rule: string, line: number) => ({ file: "a.yaml", line, rule, message: "m" });

describe("shownWarnings", () => {
  it("tells each one as long as they are few", () => {
    assert.deepEqual(shownWarnings([], warningText), []);
    assert.deepEqual(shownWarnings([warning("x", 1), warning("y", 2)], warningText), [
      "on a cluster: a.yaml:1: m [x]",
      "on a cluster: a.yaml:2: m [y]",
    ]);
  });

  it("tells a rule once, however often it applies", () => {
    const many = Array.from({ length: 50 }, (_, index) => warning("x", index + 1));
    assert.deepEqual(shownWarnings(many, warningText), [
      "on a cluster: a.yaml:1: m [x] (and 49 more like it)",
      "all 50 warnings: npm run lint:manifests -- -f …",
    ]);
  });

  it("never tells more than nine lines", () => {
    const many = Array.from({ length: 30 }, (_, index) => warning(`rule-${index}`, index + 1));
    const lines = shownWarnings(many, warningText);
    assert.equal(lines.length, 9);
    assert.match(lines[8] ?? "", /^22 rules more .*all 30 warnings/);
  });
});
