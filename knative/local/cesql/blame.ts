import type { CesqlEvent } from "./attribute.ts";
import { evaluate } from "./evaluate.ts";
import { childrenOf, type Expression } from "./expression.ts";

/** The smallest part that the first error comes from; null when there is none. */
export function errorSource(expression: Expression, event: CesqlEvent): Expression | null {
  if (evaluate(expression, event).errors.length === 0) return null;
  for (const child of childrenOf(expression)) {
    const found = errorSource(child, event);
    if (found !== null) return found;
  }
  return expression;
}

/**
 * The smallest parts that made an expression what it is, without an error: of an AND that is false
 * the side that was, of an OR both. Never empty.
 */
export function decisiveParts(expression: Expression, event: CesqlEvent): readonly Expression[] {
  const isTrue = (one: Expression) => evaluate(one, event).value === true;
  if (expression.kind === "group") return decisiveParts(expression.operand, event);
  if (expression.kind !== "binary") return [expression];
  const { operator, left, right } = expression;
  const both = () => [...decisiveParts(left, event), ...decisiveParts(right, event)];
  if (operator === "XOR") return both();
  if (operator !== "AND" && operator !== "OR") return [expression];
  // An AND that is true, and an OR that is false, are so by both sides.
  if (isTrue(expression) === (operator === "AND")) return both();
  return decisiveParts(isTrue(left) === (operator === "AND") ? right : left, event);
}

/** The attributes that an expression names, each once, in the order of the text. */
export function attributesIn(expression: Expression): readonly string[] {
  const own =
    expression.kind === "attribute" || expression.kind === "exists" ? [expression.name] : [];
  return [...new Set([...own, ...childrenOf(expression).flatMap(attributesIn)])];
}
