import { cast } from "./cast.ts";
import { toLowerCase, toUpperCase } from "./letter-case.ts";
import { trim } from "./trim.ts";
import { fail, isFailure, type Result, type Type, type Value } from "./value.ts";

export type BuiltIn = {
  parameters: readonly Type[];
  /** Type of what may follow the parameters, any number of times; null when nothing may. */
  rest: Type | null;
  returns: Exclude<Type, "Any">;
  /** Arguments come cast to the types above. Strings are bytes. */
  run: (values: readonly Value[]) => Result;
};

const BUILT_INS: Readonly<Record<string, readonly BuiltIn[]>> = {
  INT: [define(["Any"], "Integer", (value: Value) => cast(value, "Integer"))],
  BOOL: [define(["Any"], "Boolean", (value: Value) => cast(value, "Boolean"))],
  STRING: [define(["Any"], "String", (value: Value) => cast(value, "String"))],
  IS_INT: [define(["Any"], "Boolean", (value: Value) => !isFailure(cast(value, "Integer")))],
  IS_BOOL: [define(["Any"], "Boolean", (value: Value) => !isFailure(cast(value, "Boolean")))],
  ABS: [define(["Integer"], "Integer", abs)],
  LENGTH: [define(["String"], "Integer", (bytes: string) => bytes.length)],
  CONCAT: [define([], "String", (...parts: string[]) => parts.join(""), "String")],
  CONCAT_WS: [
    define(
      ["String"],
      "String",
      (separator: string, ...parts: string[]) => parts.join(separator),
      "String",
    ),
  ],
  LOWER: [define(["String"], "String", toLowerCase)],
  UPPER: [define(["String"], "String", toUpperCase)],
  TRIM: [define(["String"], "String", trim)],
  LEFT: [define(["String", "Integer"], "String", left)],
  RIGHT: [define(["String", "Integer"], "String", right)],
  SUBSTRING: [
    define(["String", "Integer"], "String", (bytes: string, position: number) =>
      substring(bytes, position, null),
    ),
    define(
      ["String", "Integer", "Integer"],
      "String",
      (bytes: string, position: number, count: number) => substring(bytes, position, count),
    ),
  ],
};

/** Null when no function of that name takes so many arguments. The name is upper-case. */
export function findFunction(name: string, count: number): BuiltIn | null {
  const found = Object.hasOwn(BUILT_INS, name) ? (BUILT_INS[name] ?? []) : [];
  return (
    found.find(({ parameters }) => parameters.length === count) ??
    found.find(({ parameters, rest }) => rest !== null && parameters.length <= count) ??
    null
  );
}

function define<Arguments extends Value[]>(
  parameters: readonly Type[],
  returns: BuiltIn["returns"],
  run: (...args: Arguments) => Result,
  rest: Type | null = null,
): BuiltIn {
  // The caller casts every argument to the types that stand beside `run`.
  return { parameters, rest, returns, run: (values) => run(...(values as Arguments)) };
}

function abs(integer: number): Result {
  if (integer === -(2 ** 31)) return fail(2 ** 31 - 1, "math", "ABS does not fit in 32 bits");
  return Math.abs(integer);
}

function left(bytes: string, count: number): Result {
  if (count < 0) return fail(bytes, "functionEvaluation", `LEFT of ${count}, which is negative`);
  return bytes.slice(0, count);
}

function right(bytes: string, count: number): Result {
  if (count < 0) return fail(bytes, "functionEvaluation", `RIGHT of ${count}, which is negative`);
  return bytes.slice(Math.max(0, bytes.length - count));
}

/** Positions count from 1, negative ones from the end; 0 gives "". */
function substring(bytes: string, position: number, count: number | null): Result {
  if (position === 0) return "";
  if (Math.abs(position) > bytes.length) {
    const message = `SUBSTRING from ${position} of ${bytes.length}`;
    return fail("", "functionEvaluation", message);
  }
  // sdk-go panics on a negative length; the specification asks for this.
  if (count !== null && count < 0) {
    return fail("", "functionEvaluation", `SUBSTRING of length ${count}, which is negative`);
  }
  const start = position < 0 ? bytes.length + position : position - 1;
  return bytes.slice(start, count === null ? bytes.length : start + count);
}
