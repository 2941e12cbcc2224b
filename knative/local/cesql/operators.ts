import type { BinaryOperator } from "./expression.ts";
import { fail, type Result } from "./value.ts";

/** On integers of 32 bits. What does not fit wraps around without an error, as in sdk-go. */
export const ARITHMETIC: Readonly<
  Record<"+" | "-" | "*" | "/" | "%", (left: number, right: number) => Result>
> = {
  "+": (left, right) => (left + right) | 0,
  "-": (left, right) => (left - right) | 0,
  "*": Math.imul,
  "/": (left, right) => (right === 0 ? fail(0, "math", "division by zero") : (left / right) | 0),
  "%": (left, right) =>
    right === 0 ? fail(0, "math", "remainder of a division by zero") : (left % right) | 0,
};

export const ORDER: Readonly<
  Record<"<" | "<=" | ">" | ">=", (left: number, right: number) => boolean>
> = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

export function isArithmetic(operator: BinaryOperator): operator is keyof typeof ARITHMETIC {
  return Object.hasOwn(ARITHMETIC, operator);
}

export function isOrder(operator: BinaryOperator): operator is keyof typeof ORDER {
  return Object.hasOwn(ORDER, operator);
}
