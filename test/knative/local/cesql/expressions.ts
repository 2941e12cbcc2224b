import fc from "fast-check";

const ATOMS = [
  "1",
  "-1",
  "0",
  "2147483647",
  "TRUE",
  "false",
  "'a'",
  "''",
  "'é%'",
  '"42"',
  "'it\\'s'",
];
const NAMES = ["type", "subject", "region", "count", "absent"];
const FUNCTIONS = [
  "INT",
  "bool",
  "STRING",
  "IS_INT",
  "ABS",
  "LENGTH",
  "CONCAT",
  "LEFT",
  "SUBSTRING",
  "UPPER",
  "NONE",
];
const OPERATORS = [
  "AND",
  "OR",
  "xor",
  "=",
  "!=",
  "<>",
  "<",
  "<=",
  ">",
  ">=",
  "+",
  "-",
  "*",
  "/",
  "%",
];
const PATTERNS = ["'%'", "'a\\%_'", '"\\\\%"'];

/** Texts of valid expressions, with parentheses here and there. */
export const expressions = fc.letrec<{ any: string; leaf: string }>((tie) => ({
  leaf: fc.constantFrom(...ATOMS, ...NAMES, ...NAMES.map((name) => `EXISTS ${name}`)),
  any: fc.oneof(
    { maxDepth: 5 },
    tie("leaf"),
    tie("any").map((inner) => `(${inner})`),
    fc.tuple(fc.constantFrom("NOT ", "- ", "-\n"), tie("any")).map((parts) => parts.join("")),
    fc.tuple(tie("any"), fc.constantFrom(...OPERATORS), tie("any")).map((parts) => parts.join(" ")),
    fc
      .tuple(tie("any"), fc.constantFrom("LIKE", "NOT like"), fc.constantFrom(...PATTERNS))
      .map((parts) => parts.join(" ")),
    fc
      .tuple(
        tie("any"),
        fc.constantFrom("IN", "not IN"),
        fc.array(tie("any"), { minLength: 1, maxLength: 3 }),
      )
      .map(([operand, test, set]) => `${operand} ${test} (${set.join(",")})`),
    fc
      .tuple(fc.constantFrom(...FUNCTIONS), fc.array(tie("any"), { maxLength: 3 }))
      .map(([name, parameters]) => `${name}(${parameters.join(", ")})`),
  ),
})).any;
