import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { CesqlSyntaxError, parse } from "../../../../knative/local/cesql/parse.ts";
import { print } from "../../../../knative/local/cesql/print.ts";
import { stampOf } from "../../../../knative/local/cesql/stamp.ts";
import { expressions } from "./expressions.ts";

describe("CESQL parser", () => {
  const faults: [string, string, RegExp, number, number][] = [
    ["an unfinished comparison", "type =", /expected .*end of input found/, 1, 7],
    ["the place on a later line", "type = 'a'\n  AND = 1", /expected/, 2, 7],
    ["== for =", "type == 'a'", /== is written =/, 1, 7],
    ["a minus without a space", "count -1 = 2", /put a space after the -/, 1, 7],
    ["a string without its end", "type = 'a", /does not end/, 1, 8],
    ["a character that sdk-go drops", "!flag", /CESQL has no character !/, 1, 1],
    ["a semicolon", "type = 'a';", /CESQL has no character ;/, 1, 11],
    ["a number over 32 bits", "count = 3000000000", /3000000000 does not fit/, 1, 9],
    ["a pattern that is no literal", "type LIKE subject", /expected a string/, 1, 11],
    ["blank text", " ", /end of input/, 1, 2],
    ["ten thousand parentheses", "(".repeat(10_000), /more than 500 levels/, 1, 1],
    ["a sum of ten thousand", "1 + ".repeat(10_000) + "1", /more than 500 levels/, 1, 1],
  ];
  for (const [name, text, message, line, column] of faults) {
    it(`tells of ${name}, and where`, () => {
      assert.throws(
        () => parse(text),
        (error) => {
          assert.ok(error instanceof CesqlSyntaxError);
          assert.match(error.message, message);
          assert.deepEqual([error.line, error.column], [line, column]);
          return true;
        },
      );
    });
  }

  it("throws nothing but CesqlSyntaxError, whatever the text", () => {
    const words = fc.constantFrom(
      "AND",
      "NOT",
      "IN",
      "LIKE",
      "(",
      ")",
      "'",
      '"',
      "\\",
      "-1",
      "a",
      ",",
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(words).map((all) => all.join(" ")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parse(text);
        } catch (error) {
          assert.ok(error instanceof CesqlSyntaxError);
        }
      }),
    );
  });

  it("reads what it prints as the same expression", () => {
    fc.assert(
      fc.property(expressions, (text) => {
        const expression = parse(text);
        assert.deepEqual(parse(print(expression)), expression);
      }),
    );
  });

  it("is made from the grammar as it stands: npm run cesql:parser", () => {
    const folder = new URL("../../../../knative/local/cesql/", import.meta.url);
    const grammar = readFileSync(new URL("cesql.peggy", folder), "utf8");
    assert.ok(readFileSync(new URL("parser.js", folder), "utf8").startsWith(stampOf(grammar)));
  });
});
