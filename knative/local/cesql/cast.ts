import { fail, type Result, type Type, typeOf, type Value } from "./value.ts";

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/** The value as another type; a failure holds the zero value, or the nearest integer there is. */
export function cast(value: Value, type: Type): Result {
  switch (type) {
    case "Any":
      return value;
    case "String":
      return typeof value === "string" ? value : String(value);
    case "Integer":
      return toInteger(value);
    case "Boolean":
      return toBoolean(value);
  }
}

function toInteger(value: Value): Result {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (!/^[+-]?[0-9]+$/.test(value)) {
    return fail(0, "cast", `cannot cast ${quote(value)} to Integer`);
  }
  const integer = Number(value);
  if (integer >= INT32_MIN && integer <= INT32_MAX) return integer | 0;
  const nearest = integer < 0 ? INT32_MIN : INT32_MAX;
  return fail(nearest, "cast", `${value} does not fit in a 32-bit Integer`);
}

function toBoolean(value: Value): Result {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  const word = value.length > 5 ? "" : value.toLowerCase();
  if (word === "true") return true;
  if (word === "false") return false;
  return fail(false, "cast", `cannot cast ${quote(value)} to Boolean`);
}

/** Of bounded length: values come from events. */
function quote(value: Value): string {
  const text = String(value);
  return `${typeOf(value)} "${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`;
}
