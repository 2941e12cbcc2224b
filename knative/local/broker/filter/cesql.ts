import { evaluate } from "../../cesql/evaluate.ts";
import type { Expression } from "../../cesql/expression.ts";
import { parse } from "../../cesql/parse.ts";
import { attribute, type CloudEvent } from "../cloud-event.ts";
import { attributeValue } from "./attribute-value.ts";
import { type Filter, type FilterResult, noFilter } from "./filter.ts";

/** What an expression says of an event, and why it does not pass; null when it does. */
export type CesqlVerdict = { result: FilterResult; reason: string | null };

/** `""` is as no filter. Throws a CesqlSyntaxError; manifests with one are refused on reading. */
export function cesqlFilter(text: string): Filter {
  if (text === "") return noFilter;
  const expression = parse(text);
  return (event) => cesqlVerdict(expression, event).result;
}

/**
 * Any error is a fail, and so is a value that is no Boolean: Knative's filter crashes on that one,
 * drops the connection and delivers nothing either.
 */
export function cesqlVerdict(expression: Expression, event: CloudEvent): CesqlVerdict {
  const { value, errors } = evaluate(expression, {
    get: (name) => visibleValue(event, name),
  });
  const [error] = errors;
  if (error !== undefined) return { result: "fail", reason: error.message };
  if (value === true) return { result: "pass", reason: null };
  const reason = value === false ? "is false" : `is ${JSON.stringify(value)}, which is no Boolean`;
  return { result: "fail", reason };
}

/** Unlike in the other dialects, a built-in attribute that is not set is missing. */
function visibleValue(event: CloudEvent, name: string): string | undefined {
  if (name === "time" && attribute(event, "time") === "") return undefined;
  if (name === "time" || name === "dataschema") return attributeValue(event, name);
  return event.attributes.get(name);
}
