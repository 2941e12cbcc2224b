import type { Expression } from "./expression.ts";
import { findFunction } from "./functions.ts";
import { isArithmetic } from "./operators.ts";
import type { Type } from "./value.ts";

/** The type that an expression always has. An attribute is a String: over HTTP they all are. */
export function staticType(expression: Expression): Exclude<Type, "Any"> {
  switch (expression.kind) {
    case "integer":
    case "negate":
      return "Integer";
    case "string":
    case "attribute":
      return "String";
    case "boolean":
    case "exists":
    case "not":
    case "like":
    case "in":
      return "Boolean";
    case "group":
      return staticType(expression.operand);
    case "call":
      return findFunction(expression.name, expression.parameters.length)?.returns ?? "Boolean";
    case "binary":
      return isArithmetic(expression.operator) ? "Integer" : "Boolean";
  }
}
