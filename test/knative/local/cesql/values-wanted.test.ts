import assert from "node:assert/strict";
import fc from "fast-check";
import { evaluate } from "../../../../knative/local/cesql/evaluate.ts";
import { parse } from "../../../../knative/local/cesql/parse.ts";
import { valuesWanted } from "../../../../knative/local/cesql/values-wanted.ts";
import { expressions } from "./expressions.ts";

describe("values that CESQL wants of an attribute", () => {
  const rows: [string, string[] | null][] = [
    ["type = 'a'", ["a"]],
    ["'a' = type", ["a"]],
    ["(type = 'a') AND count > 3", ["a"]],
    ["count > 3 AND type = 'a'", ["a"]],
    ["type IN ('a', 'b')", ["a", "b"]],
    ["type = 'a' OR type = 'b'", ["a", "b"]],
    ["type = 'a' OR TRUE", null],
    ["type = 1", null],
    ["type IN ('1', 2)", null],
    ["type NOT IN ('a')", null],
    ["type != 'a'", null],
    ["NOT (type = 'a')", null],
    ["type LIKE 'a%'", null],
    ["subject = 'a'", null],
  ];
  for (const [text, wanted] of rows) {
    it(`${text}: ${wanted?.join(", ") ?? "any"}`, () => {
      const found = valuesWanted(parse(text), "type");
      assert.deepEqual(found && [...found], wanted);
    });
  }

  it("never hide an event that passes", () => {
    const types = fc.constantFrom("a", "42", "", "é%", "it's", "true");
    fc.assert(
      fc.property(expressions, types, (text, type) => {
        const expression = parse(`type = 'a' OR (${text})`);
        for (const one of [expression, parse(text)]) {
          const wanted = valuesWanted(one, "type");
          const { value, errors } = evaluate(one, new Map([["type", type]]));
          const passes = value === true && errors.length === 0;
          assert.ok(!passes || wanted === null || wanted.has(type));
        }
      }),
    );
  });
});
