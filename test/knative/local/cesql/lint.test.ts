import assert from "node:assert/strict";
import { lintCesql } from "../../../../knative/local/cesql/lint.ts";
import { CesqlSyntaxError } from "../../../../knative/local/cesql/parse.ts";

describe("CESQL lint", () => {
  const rows: [string, string[]][] = [
    ["type = 'a'", []],
    ["type = 'a' AND subject = 'b' AND EXISTS id", []],
    ["(type = 'a' AND id = 'b') OR subject = 'c'", []],
    ["NOT (type = 'a')", []],
    ["type NOT LIKE 'a%' OR type NOT IN ('b')", []],
    ["NOT EXISTS region OR TRUE", []],
    ["region != 'eu'", ["unguarded"]],
    ["NOT (region = 'eu') AND NOT (region = 'us')", ["unguarded"]],
    ["region NOT IN ('eu')", ["unguarded"]],
    ["region = 'eu' OR type = 'a'", ["unguarded"]],
    ["type = 'a' OR region = 'eu'", []],
    ["region = 'eu' AND type != 'a'", []],
    ["EXISTS region AND region != 'eu'", []],
    ["NOT EXISTS region OR region != 'eu'", []],
    ["type = 'a' XOR (region = 'b' AND zone = 'c')", ["unguarded", "unguarded"]],
    ["type = 'a' AND id = 'b' OR subject = 'c'", ["mixed-logic"]],
    ["type = 'a' OR id = 'b' XOR EXISTS c AND TRUE", ["mixed-logic", "mixed-logic"]],
    ["NOT type = 'a'", ["not-first"]],
    ["NOT type LIKE 'a%'", ["not-first"]],
    ["NOT type IN ('a')", ["not-first"]],
    ["data = 'x'", ["data-attribute"]],
    ["1 + 1", ["not-boolean"]],
    ["flag", ["not-boolean"]],
    ["LENGTH(type)", ["not-boolean"]],
    ["STARTS_WITH(type, 'a')", ["unknown-function"]],
    ["LENGTH() = 0", ["unknown-function"]],
  ];
  for (const [text, codes] of rows) {
    it(`${text}: ${codes.join(", ") || "nothing"}`, () => {
      assert.deepEqual(
        lintCesql(text).map(({ code }) => code),
        codes,
      );
    });
  }

  it("shows how an expression is read", () => {
    const message = (text: string) => lintCesql(text)[0]?.message ?? "";
    assert.match(message("a = 1 AND b = 2 OR c = 3"), /read as a = 1 AND \(b = 2 OR c = 3\)/);
    assert.match(message("NOT a = 'x'"), /\(NOT a\) = 'x': write NOT \(a = 'x'\)/);
    assert.match(message("NOT a IN ('x')"), /\(NOT a\) IN \('x'\): write NOT \(a IN \('x'\)\)/);
  });

  it("throws on what does not parse", () => {
    assert.throws(() => lintCesql("type ="), CesqlSyntaxError);
  });
});
