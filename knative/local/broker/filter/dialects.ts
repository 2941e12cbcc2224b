import { attributeValue } from "./attribute-value.ts";
import { type Filter, noFilter } from "./filter.ts";

/** Compares what the event has with what the filter wants. Case-sensitive. */
type Compare = (actual: string, wanted: string) => boolean;

const COMPARE: Readonly<Record<"exact" | "prefix" | "suffix", Compare>> = {
  exact: (actual, wanted) => actual === wanted,
  prefix: (actual, wanted) => actual.startsWith(wanted),
  suffix: (actual, wanted) => actual.endsWith(wanted),
};

/** `exact`, `prefix` and `suffix`: all named attributes must match, a missing one fails. */
export function attributesFilter(
  dialect: keyof typeof COMPARE,
  wanted: Readonly<Record<string, string>>,
): Filter {
  const entries = Object.entries(wanted);
  const matches = COMPARE[dialect];
  return (event) => {
    for (const [name, value] of entries) {
      const actual = attributeValue(event, name);
      if (actual === undefined || !matches(actual, value)) return "fail";
    }
    return "pass";
  };
}

/** In order, until one fails; otherwise what the last one says. */
export const allFilter = (children: readonly Filter[]): Filter => untilOne("fail", children);

/** In order, until one passes; otherwise what the last one says: `[fail, none]` is none. */
export const anyFilter = (children: readonly Filter[]): Filter => untilOne("pass", children);

function untilOne(end: "fail" | "pass", children: readonly Filter[]): Filter {
  if (children.length === 0) return noFilter;
  if (children.length === 1) return children[0] as Filter;
  return (event) => {
    let result: ReturnType<Filter> = "none";
    for (const child of children) {
      result = child(event);
      if (result === end) return end;
    }
    return result;
  };
}

/** Pass and fail swapped; none stays none. */
export function notFilter(child: Filter): Filter {
  return (event) => {
    const result = child(event);
    if (result === "none") return "none";
    return result === "pass" ? "fail" : "pass";
  };
}
