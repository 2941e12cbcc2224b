import { attributeValue } from "./attribute-value.ts";
import { type Filter, noFilter } from "./filter.ts";

/**
 * `spec.filter.attributes`: all must be equal. A wanted "" means any value that is not empty.
 * `E:pkg/eventfilter/attributes/filter.go`
 */
export function legacyFilter(wanted: Readonly<Record<string, string>> | null): Filter {
  if (wanted === null) return noFilter;
  const entries = Object.entries(wanted);
  return (event) => {
    for (const [name, value] of entries) {
      const actual = attributeValue(event, name);
      if (actual === undefined || actual === "") return "fail";
      if (value !== "" && value !== actual) return "fail";
    }
    return "pass";
  };
}
