/** `!=` stands for `<>` too. */
export type BinaryOperator =
  | "AND"
  | "OR"
  | "XOR"
  | "="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "+"
  | "-"
  | "*"
  | "/"
  | "%";

type StringLiteral = {
  kind: "string";
  /** What the literal stands for: only its own quote is unescaped, as sdk-go does. */
  value: string;
  /** As it was written, with its quotes. */
  source: string;
};

/** An expression as it was written, parentheses included. Names of attributes are lower-case. */
export type Expression =
  | { kind: "boolean"; value: boolean }
  | { kind: "integer"; value: number }
  | StringLiteral
  | { kind: "attribute"; name: string }
  | { kind: "exists"; name: string }
  /** The name is upper-case. */
  | { kind: "call"; name: string; parameters: Expression[] }
  | { kind: "group"; operand: Expression }
  | { kind: "negate"; operand: Expression }
  /** `infix` is the NOT of `NOT LIKE` and `NOT IN`, whose operand is that test. */
  | { kind: "not"; form: "prefix" | "infix"; operand: Expression }
  | { kind: "like"; operand: Expression; pattern: StringLiteral }
  /** The set is never empty. */
  | { kind: "in"; operand: Expression; set: Expression[] }
  | { kind: "binary"; operator: BinaryOperator; left: Expression; right: Expression };

/** The expressions right below one, from left to right. */
export function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "boolean":
    case "integer":
    case "string":
    case "attribute":
    case "exists":
      return [];
    case "call":
      return expression.parameters;
    case "group":
    case "negate":
    case "not":
      return [expression.operand];
    case "like":
      return [expression.operand, expression.pattern];
    case "in":
      return [expression.operand, ...expression.set];
    case "binary":
      return [expression.left, expression.right];
  }
}
