import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Action } from "../../shared/policy-words.ts";
import { GUARDS } from "../../functions/resource-patch/guards.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/guards.md"), "utf8");
/** The cells of each line that begins with a code. */
const told = page
  .split("\n")
  .filter((line) => /^\| `[A-Z_]+` /.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", "")));

/** "resize, patch-owner", "all but resize", or nothing for all. */
function actionsOf(text: string): string[] {
  if (text === "") return [...Action.options];
  const names = text.replace("all but ", "").split(", ");
  return text.startsWith("all but ")
    ? Action.options.filter((each) => !names.includes(each))
    : names;
}

describe("docs/guards.md", () => {
  it("has each guard once", () => {
    const codes = told.map(([, code = ""]) => code);
    assert.deepEqual(codes.toSorted(), GUARDS.map(({ code }) => code).toSorted());
  });

  for (const { code, for: actions = Action.options } of GUARDS) {
    it(`says what ${code} forbids`, () => {
      const [, , forbids = ""] = told.find(([, each]) => each === code) ?? [];
      assert.deepEqual(actionsOf(forbids).toSorted(), [...actions].toSorted());
    });
  }
});
