import assert from "node:assert/strict";
import fc from "fast-check";
import { splitWords } from "../../../../knative/local/serving/words.ts";

describe("splitWords", () => {
  it("splits at blanks, keeps quoted ones, and takes a backslash away", () => {
    const table: [string, string[]][] = [
      ["node server.js --port 1", ["node", "server.js", "--port", "1"]],
      ["  a\t b \n", ["a", "b"]],
      [`python3 -c 'print("a  b")'`, ["python3", "-c", `print("a  b")`]],
      [`a\\ b "c\\"d" ''`, ["a b", `c"d`, ""]],
      [`x"y"'z'`, ["xyz"]],
      ["", []],
    ];
    for (const [text, words] of table) assert.deepEqual(splitWords(text), words);
  });

  it("expands nothing that a shell would", () => {
    const text = "a;rm -rf / && $(id) `id` $HOME * > x | y";
    assert.deepEqual(splitWords(text), text.split(" "));
  });

  it("refuses what is not closed", () => {
    for (const text of [`a "b`, "a 'b", "a\\"]) assert.throws(() => splitWords(text));
  });

  it("gives back any words that were quoted", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
        assert.deepEqual(splitWords(quoted.join(" ")), words);
      }),
    );
  });
});
