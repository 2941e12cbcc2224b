/** The three types of CESQL. Integers are signed, of 32 bits. */
export type Value = boolean | number | string;

export type Type = "Boolean" | "Integer" | "String" | "Any";

export type CesqlError = {
  /** The words of the specification's conformance tests. */
  kind: "cast" | "functionEvaluation" | "math" | "missingAttribute" | "missingFunction";
  message: string;
};

/** An error with the value that the expression has all the same. */
export type Failure = { value: Value; error: CesqlError };

export type Result = Value | Failure;

export function isFailure(result: Result): result is Failure {
  return typeof result === "object";
}

export function fail(value: Value, kind: CesqlError["kind"], message: string): Failure {
  return { value, error: { kind, message } };
}

export function typeOf(value: Value): Exclude<Type, "Any"> {
  if (typeof value === "string") return "String";
  return typeof value === "number" ? "Integer" : "Boolean";
}

/** The error of an operand, with the value that what stands over it has then. */
export function fallBack({ error }: Failure, returns: Type): Failure {
  return { value: zeroOf(returns), error };
}

function zeroOf(type: Type): Value {
  if (type === "String") return "";
  return type === "Integer" ? 0 : false;
}
