import { hasAttribute, readAttribute } from "./attribute.ts";
import { toBytes } from "./bytes.ts";
import { cast } from "./cast.ts";
import { compileCall } from "./compile-call.ts";
import type { BinaryOperator, Expression } from "./expression.ts";
import { compileLike } from "./like.ts";
import { ARITHMETIC, isArithmetic, isOrder, ORDER } from "./operators.ts";
import type { Program } from "./program.ts";
import { fail, fallBack, isFailure, type Result, type Type, typeOf, type Value } from "./value.ts";

/** Built once, from the leaves up; running it walks no tree. */
export function compile(expression: Expression): Program {
  switch (expression.kind) {
    case "boolean":
    case "integer": {
      const { value } = expression;
      return () => value;
    }
    case "string": {
      const bytes = toBytes(expression.value);
      return () => bytes;
    }
    case "group":
      return compile(expression.operand);
    case "attribute": {
      const { name } = expression;
      return (event) =>
        readAttribute(event, name) ??
        fail(false, "missingAttribute", `the event has no attribute ${name}`);
    }
    case "exists": {
      const { name } = expression;
      return (event) => hasAttribute(event, name);
    }
    case "not":
      return onOne(compile(expression.operand), "Boolean", (value) => !value);
    case "negate":
      return onOne(compile(expression.operand), "Integer", (value) => -Number(value) | 0);
    case "like": {
      const matches = compileLike(toBytes(expression.pattern.value));
      const operand = castTo("String", compile(expression.operand));
      return (event) => {
        const text = operand(event);
        return isFailure(text) ? fallBack(text, "Boolean") : matches(String(text));
      };
    }
    case "in":
      return compileIn(compile(expression.operand), expression.set.map(compile));
    case "call":
      return compileCall(expression.name, expression.parameters.map(compile));
    case "binary":
      return compileBinary(
        expression.operator,
        compile(expression.left),
        compile(expression.right),
      );
  }
}

function compileBinary(operator: BinaryOperator, left: Program, right: Program): Program {
  if (isArithmetic(operator)) return onIntegers(left, right, "Integer", ARITHMETIC[operator]);
  if (isOrder(operator)) return onIntegers(left, right, "Boolean", ORDER[operator]);
  if (operator === "=") return compileEqual(left, right, true);
  if (operator === "!=") return compileEqual(left, right, false);
  return compileLogic(operator, castTo("Boolean", left), castTo("Boolean", right));
}

/** AND and OR look to the right only when the left does not settle it. */
function compileLogic(operator: "AND" | "OR" | "XOR", left: Program, right: Program): Program {
  return (event) => {
    const first = left(event);
    if (isFailure(first)) return fallBack(first, "Boolean");
    if (operator === "AND" && first === false) return false;
    if (operator === "OR" && first === true) return true;
    const second = right(event);
    if (isFailure(second)) return fallBack(second, "Boolean");
    return operator === "XOR" ? first !== second : second;
  };
}

/** The left side is cast to the type of the right one. */
function compileEqual(left: Program, right: Program, isEqual: boolean): Program {
  return (event) => {
    const first = left(event);
    if (isFailure(first)) return fallBack(first, "Boolean");
    const second = right(event);
    if (isFailure(second)) return fallBack(second, "Boolean");
    const same = cast(first, typeOf(second));
    if (isFailure(same)) return fallBack(same, "Boolean");
    return (same === second) === isEqual;
  };
}

/** Each element is cast to the type of the left side, until one is equal. */
function compileIn(operand: Program, set: readonly Program[]): Program {
  return (event) => {
    const wanted = operand(event);
    if (isFailure(wanted)) return fallBack(wanted, "Boolean");
    for (const element of set) {
      const raw = element(event);
      if (isFailure(raw)) return fallBack(raw, "Boolean");
      const value = cast(raw, typeOf(wanted));
      if (isFailure(value)) return fallBack(value, "Boolean");
      if (value === wanted) return true;
    }
    return false;
  };
}

/** Both sides are worked out before either is cast: which error comes first depends on it. */
function onIntegers(
  left: Program,
  right: Program,
  returns: Type,
  apply: (left: number, right: number) => Result,
): Program {
  return (event) => {
    const first = left(event);
    if (isFailure(first)) return fallBack(first, returns);
    const second = right(event);
    if (isFailure(second)) return fallBack(second, returns);
    const x = cast(first, "Integer");
    if (isFailure(x)) return fallBack(x, returns);
    const y = cast(second, "Integer");
    if (isFailure(y)) return fallBack(y, returns);
    return apply(Number(x), Number(y));
  };
}

function onOne(operand: Program, type: Type, apply: (value: Value) => Value): Program {
  const typed = castTo(type, operand);
  return (event) => {
    const value = typed(event);
    return isFailure(value) ? fallBack(value, type) : apply(value);
  };
}

function castTo(type: Type, program: Program): Program {
  return (event) => {
    const value = program(event);
    return isFailure(value) ? value : cast(value, type);
  };
}
