import type { CesqlEvent } from "./attribute.ts";
import { toText } from "./bytes.ts";
import { compile } from "./compile.ts";
import type { Expression } from "./expression.ts";
import { type CesqlError, isFailure, type Value } from "./value.ts";

export type Evaluation = {
  /** There is one even after an error: the zero value of what failed, mostly. */
  value: Value;
  /** At most one: like sdk-go, evaluation stops at the first. */
  errors: readonly CesqlError[];
};

/** Never throws. */
export type Evaluate = (event: CesqlEvent) => Evaluation;

const NO_ERRORS: readonly CesqlError[] = [];

const prepared = new WeakMap<Expression, Evaluate>();

/** Never throws on an expression that `parse` made. It is compiled once, at its first use. */
export function evaluate(expression: Expression, event: CesqlEvent): Evaluation {
  let run = prepared.get(expression);
  if (run === undefined) {
    run = prepare(expression);
    prepared.set(expression, run);
  }
  return run(event);
}

/** `evaluate` for many events: compiles at once. */
export function prepare(expression: Expression): Evaluate {
  const program = compile(expression);
  return (event) => {
    const result = program(event);
    return isFailure(result)
      ? { value: asText(result.value), errors: [result.error] }
      : { value: asText(result), errors: NO_ERRORS };
  };
}

function asText(value: Value): Value {
  return typeof value === "string" ? toText(value) : value;
}
