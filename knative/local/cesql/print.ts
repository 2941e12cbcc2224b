import type { Expression } from "./expression.ts";

/** The text of an expression that `parse` made; parsed again, it gives the same. */
export function print(expression: Expression): string {
  switch (expression.kind) {
    case "boolean":
      return expression.value ? "TRUE" : "FALSE";
    case "integer":
      return String(expression.value);
    case "string":
      return expression.source;
    case "attribute":
      return expression.name;
    case "exists":
      return `EXISTS ${expression.name}`;
    case "call":
      return `${expression.name}(${expression.parameters.map(print).join(", ")})`;
    case "group":
      return `(${print(expression.operand)})`;
    case "negate":
      return `- ${print(expression.operand)}`;
    case "not":
      return expression.form === "infix"
        ? printTest(expression.operand, "NOT ")
        : `NOT ${print(expression.operand)}`;
    case "like":
    case "in":
      return printTest(expression, "");
    case "binary":
      return `${print(expression.left)} ${expression.operator} ${print(expression.right)}`;
  }
}

function printTest(test: Expression, not: "" | "NOT "): string {
  if (test.kind === "like") return `${print(test.operand)} ${not}LIKE ${test.pattern.source}`;
  if (test.kind === "in") {
    return `${print(test.operand)} ${not}IN (${test.set.map(print).join(", ")})`;
  }
  throw new TypeError(`NOT cannot stand inside of ${test.kind}`);
}
