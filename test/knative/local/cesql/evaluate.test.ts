import assert from "node:assert/strict";
import fc from "fast-check";
import { evaluate } from "../../../../knative/local/cesql/evaluate.ts";
import { callsIn } from "../../../../knative/local/cesql/calls.ts";
import { lintCesql } from "../../../../knative/local/cesql/lint.ts";
import { print } from "../../../../knative/local/cesql/print.ts";
import { parse } from "../../../../knative/local/cesql/parse.ts";
import { staticType } from "../../../../knative/local/cesql/static-type.ts";
import { typeOf } from "../../../../knative/local/cesql/value.ts";
import { expressions } from "./expressions.ts";

const attributes = fc.dictionary(
  fc.constantFrom("type", "subject", "region", "count"),
  fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.boolean()),
);

describe("CESQL evaluation", () => {
  it("never throws, and gives a value of 32 bits at most", () => {
    fc.assert(
      fc.property(expressions, attributes, (text, event) => {
        const { value, errors } = evaluate(parse(text), new Map(Object.entries(event)));
        if (typeof value === "number") assert.equal(value, value | 0);
        assert.ok(errors.length <= 1);
      }),
    );
  });

  it("gives the same for the same event, again and again", () => {
    fc.assert(
      fc.property(expressions, attributes, (text, event) => {
        const expression = parse(text);
        const first = evaluate(expression, new Map(Object.entries(event)));
        assert.deepEqual(evaluate(expression, new Map(Object.entries(event))), first);
      }),
    );
  });

  it("gives the type that is known before, where every attribute is text", () => {
    const texts = fc.dictionary(fc.constantFrom("type", "subject", "region"), fc.string());
    fc.assert(
      fc.property(expressions, texts, (text, event) => {
        const expression = parse(text);
        const { value, errors } = evaluate(expression, new Map(Object.entries(event)));
        fc.pre(errors.length === 0);
        assert.equal(typeOf(value), staticType(expression));
      }),
    );
  });

  it("names the attribute, the cast and the function in its errors", () => {
    const messageOf = (text: string) => evaluate(parse(text), new Map()).errors[0]?.message;
    assert.equal(messageOf("absent = 1"), "the event has no attribute absent");
    assert.equal(messageOf("'x' + 1"), 'cannot cast String "x" to Integer');
    assert.equal(messageOf("GUESS('x')"), "there is no function GUESS of 1 arguments");
    assert.match(messageOf(`'${"x".repeat(1000)}' + 1`) ?? "", /^.{0,100}$/);
  });

  const deep: [string, (levels: number) => string][] = [
    ["parentheses", (levels) => `${"(".repeat(levels)}TRUE${")".repeat(levels)}`],
    ["NOTs", (levels) => `${"NOT ".repeat(levels)}TRUE`],
    ["ORs", (levels) => `${"type = 'a' OR ".repeat(levels - 2)}TRUE`],
    ["comparisons", (levels) => `${"TRUE = ".repeat(levels)}TRUE`],
    ["INs", (levels) => `TRUE${" IN (TRUE)".repeat(levels)}`],
    ["calls", (levels) => `${"BOOL(".repeat(levels)}TRUE${")".repeat(levels)}`],
  ];
  for (const [name, build] of deep) {
    it(`has the stack for 500 levels of ${name}`, () => {
      const text = build(499);
      const expression = parse(text);
      assert.equal(typeof evaluate(expression, new Map([["type", "b"]])).value, "boolean");
      assert.deepEqual(parse(print(expression)), expression);
      assert.doesNotThrow(() => lintCesql(text));
      assert.deepEqual(callsIn(expression).length, name === "calls" ? 499 : 0);
    });
  }
});
