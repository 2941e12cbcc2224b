import type { FilterSpec } from "../../manifests/filter.ts";

/**
 * Whether Knative leaves an entry out as if it were not there, for a wanted "" in its exact, prefix
 * or suffix: `[fail, discarded]` of an any fails, where `[fail, none]` delivers.
 * `E:pkg/eventfilter/subscriptionsapi/create.go` (MaterializeFiltersList)
 */
export function isDiscarded(spec: FilterSpec): boolean {
  const wanted = [spec.exact, spec.prefix, spec.suffix]
    .map((dialect) => Object.values(dialect ?? {}))
    .find((values) => values.length > 0);
  return wanted?.includes("") ?? false;
}
