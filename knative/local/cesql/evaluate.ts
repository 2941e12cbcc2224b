import type { CesqlEvent } from "./attribute.ts";
import { toText } from "./bytes.ts";
import { compile } from "./compile.ts";
import type { Expression } from "./expression.ts";
import type { Program } from "./program.ts";
import { type CesqlError, isFailure, type Value } from "./value.ts";

export type Evaluation = {
  /** There is one even after an error: the zero value of what failed, mostly. */
  value: Value;
  /** At most one: like sdk-go, evaluation stops at the first. */
  errors: readonly CesqlError[];
};

const NO_ERRORS: readonly CesqlError[] = [];

const programs = new WeakMap<Expression, Program>();

/** Never throws on an expression that `parse` made. It is compiled once, at its first use. */
export function evaluate(expression: Expression, event: CesqlEvent): Evaluation {
  let program = programs.get(expression);
  if (program === undefined) {
    program = compile(expression);
    programs.set(expression, program);
  }
  const result = program(event);
  return isFailure(result)
    ? { value: asText(result.value), errors: [result.error] }
    : { value: asText(result), errors: NO_ERRORS };
}

function asText(value: Value): Value {
  return typeof value === "string" ? toText(value) : value;
}
