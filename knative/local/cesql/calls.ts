import { childrenOf, type Expression } from "./expression.ts";

export type Call = Extract<Expression, { kind: "call" }>;

/** Every function call in an expression, outer ones first. */
export function callsIn(expression: Expression): readonly Call[] {
  const below = childrenOf(expression).flatMap(callsIn);
  return expression.kind === "call" ? [expression, ...below] : below;
}
