import type { CesqlEvent } from "../../cesql/attribute.ts";
import { prepare } from "../../cesql/evaluate.ts";
import { parse } from "../../cesql/parse.ts";
import { attribute, type CloudEvent } from "../cloud-event.ts";
import { attributeValue } from "./attribute-value.ts";
import { type Filter, type FilterResult, noFilter } from "./filter.ts";

/** What an expression says of an event, and why it does not pass; null when it does. */
export type CesqlVerdict = { result: FilterResult; reason: string | null };

const PASS: CesqlVerdict = { result: "pass", reason: null };

/** `""` is as no filter. Throws a CesqlSyntaxError; manifests with one are refused on reading. */
export function cesqlFilter(text: string): Filter {
  if (text === "") return noFilter;
  const judge = cesqlJudge(text);
  return (event) => judge(event).result;
}

/**
 * Any error is a fail, and so is a value that is no Boolean: Knative's filter crashes on that one,
 * drops the connection and delivers nothing either. Throws a CesqlSyntaxError.
 */
export function cesqlJudge(text: string): (event: CloudEvent) => CesqlVerdict {
  const evaluate = prepare(parse(text));
  return (event) => {
    const { value, errors } = evaluate(new Visible(event));
    const [error] = errors;
    if (error !== undefined) return { result: "fail", reason: error.message };
    if (value === true) return PASS;
    const reason =
      value === false ? "is false" : `is ${JSON.stringify(value)}, which is no Boolean`;
    return { result: "fail", reason };
  };
}

/** Unlike in the other dialects, a built-in attribute that is not set is missing. */
export class Visible implements CesqlEvent {
  readonly #event: CloudEvent;

  constructor(event: CloudEvent) {
    this.#event = event;
  }

  get(name: string): string | undefined {
    if (name === "time" && attribute(this.#event, "time") === "") return undefined;
    if (name === "time" || name === "dataschema") return attributeValue(this.#event, name);
    return this.#event.attributes.get(name);
  }
}
