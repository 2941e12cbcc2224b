import type { Expression } from "./expression.ts";

/**
 * The texts that an attribute must have one of for an expression to be true, or null when it may
 * have others: an index over many filters. Never narrower than the expression itself; an error
 * counts as not true.
 */
export function valuesWanted(expression: Expression, name: string): ReadonlySet<string> | null {
  if (expression.kind === "group") return valuesWanted(expression.operand, name);
  if (expression.kind === "in") {
    const texts = expression.set.flatMap((one) => (one.kind === "string" ? [one.value] : []));
    const isPlain = isAttribute(expression.operand, name) && texts.length === expression.set.length;
    return isPlain ? new Set(texts) : null;
  }
  if (expression.kind !== "binary") return null;
  const { operator, left, right } = expression;
  if (operator === "AND") return valuesWanted(left, name) ?? valuesWanted(right, name);
  if (operator === "OR") {
    const [one, other] = [valuesWanted(left, name), valuesWanted(right, name)];
    return one === null || other === null ? null : new Set([...one, ...other]);
  }
  if (operator !== "=") return null;
  if (isAttribute(left, name) && right.kind === "string") return new Set([right.value]);
  return left.kind === "string" && isAttribute(right, name) ? new Set([left.value]) : null;
}

function isAttribute(expression: Expression, name: string): boolean {
  return expression.kind === "attribute" && expression.name === name;
}
