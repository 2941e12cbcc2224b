import assert from "node:assert/strict";
import fc from "fast-check";
import { withoutLongTexts } from "../../../functions/alert-source/long-texts.ts";

const LIMIT_BYTES = 12;

const cut = (text: string) => withoutLongTexts(Buffer.from(text), LIMIT_BYTES);

/** As JSON writes it, without the quotes. */
const writtenBytes = (text: string) => Buffer.byteLength(JSON.stringify(text)) - 2;

/** The same value with null for each text that is too long, and how many those are. */
function expected(value: unknown): { value: unknown; longTexts: number } {
  if (typeof value === "string") {
    const isLong = writtenBytes(value) > LIMIT_BYTES;
    return { value: isLong ? null : value, longTexts: Number(isLong) };
  }
  if (typeof value !== "object" || value === null) return { value, longTexts: 0 };
  const entries = Object.entries(value).map(([name, each]) => [name, expected(each)] as const);
  const longTexts = entries.reduce((sum, [, each]) => sum + each.longTexts, 0);
  if (Array.isArray(value)) return { value: entries.map(([, each]) => each.value), longTexts };
  return {
    value: Object.fromEntries(entries.map(([name, each]) => [name, each.value])),
    longTexts,
  };
}

describe("withoutLongTexts", () => {
  it("leaves every value but texts that are too long, whatever is in them", () => {
    const characters = ["\\", '"', ",", "{", "}", "[", "]", ":", "a", "0", "é", "☃", "😀"];
    const character = fc.constantFrom(...characters, "\0", "\n", "\u2028", "\ud800");
    const anyText = fc.string({ unit: character, maxLength: 40 });
    const shortName = fc.string({ unit: character, maxLength: 6 }).filter((name) => {
      return writtenBytes(name) <= LIMIT_BYTES;
    });
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        anyText,
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
        fc.constantFrom(null, true, false),
        fc.array(tie("tree"), { maxLength: 5 }),
        fc.dictionary(shortName, tie("tree"), { maxKeys: 5, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
        const { json, longTexts } = cut(JSON.stringify(value, null, indent));
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        assert.deepEqual({ value: JSON.parse(json.toString()), longTexts }, expected(plain));
      }),
    );
  });

  it("gives what is short, or has no long text, as it came", () => {
    const short = Buffer.from('"a text"');
    assert.equal(withoutLongTexts(short, LIMIT_BYTES).json, short);
    const many = Buffer.from('["a","b","c","d","e"]');
    assert.equal(withoutLongTexts(many, LIMIT_BYTES).json, many);
  });

  it("counts bytes as they are written: escapes and their backslashes too", () => {
    assert.equal(cut('["twelve bytes"]').longTexts, 0);
    assert.equal(cut('["thirteen byte"]').longTexts, 1);
    assert.equal(cut(String.raw`["\u0041\u0042"]`).longTexts, 0);
    assert.equal(cut(String.raw`["\u0041\u0042\""]`).json.toString(), "[null]");
    assert.equal(cut(String.raw`["ends with it\\","b"]`).json.toString(), '[null,"b"]');
  });

  it("leaves a text without an end, and no JSON of a long name", () => {
    const open = '{"a":"a text that never ends, with a quote \\"';
    assert.equal(cut(open).json.toString(), open);
    assert.equal(cut('{"a name of a member":1}').json.toString(), "{null:1}");
  });
});
