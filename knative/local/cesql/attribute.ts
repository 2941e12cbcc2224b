import { toBytes } from "./bytes.ts";
import type { Value } from "./value.ts";

/** What an event shows to an expression. A Map does; names come in lower case. */
export type CesqlEvent = {
  /** Undefined when the event has no such attribute. Times as RFC 3339 text. */
  get: (name: string) => Value | undefined;
};

/** They exist in every valid event. */
const REQUIRED: ReadonlySet<string> = new Set(["specversion", "id", "source", "type"]);

/** Of these, sdk-go takes an empty one for an absent one; an extension may be empty. */
const BUILT_IN: ReadonlySet<string> = new Set([
  ...REQUIRED,
  "subject",
  "time",
  "dataschema",
  "datacontenttype",
]);

export const isRequired = (name: string): boolean => REQUIRED.has(name);

/** The value of an attribute, strings as bytes; undefined when it is missing. */
export function readAttribute(event: CesqlEvent, name: string): Value | undefined {
  const value = event.get(name);
  if (typeof value === "string") {
    return value === "" && BUILT_IN.has(name) ? undefined : toBytes(value);
  }
  return typeof value === "number" ? value | 0 : value;
}

export function hasAttribute(event: CesqlEvent, name: string): boolean {
  return REQUIRED.has(name) || readAttribute(event, name) !== undefined;
}
