import type { FilterSpec } from "../../manifests/filter.ts";
import { cesqlFilter } from "./cesql.ts";
import { allFilter, anyFilter, attributesFilter, notFilter } from "./dialects.ts";
import { isDiscarded } from "./discarded.ts";
import type { Filter } from "./filter.ts";
import { legacyFilter } from "./legacy.ts";

export type TriggerFilters = {
  /** `spec.filters`. An empty list is as none at all. */
  filters: readonly FilterSpec[];
  /** `spec.filter.attributes`; null when there is none. */
  attributes: Readonly<Record<string, string>> | null;
};

/** The filter of a trigger: `filters` when there are any, else `filter`, else everything. */
export function compileFilters({ filters, attributes }: TriggerFilters): Filter {
  if (filters.length > 0) return allFilter(filters.flatMap(compile));
  return legacyFilter(
    attributes !== null && Object.keys(attributes).length > 0 ? attributes : null,
  );
}

/** Nothing for an entry without a dialect, or with one that is discarded: Knative skips it. */
function compile(spec: FilterSpec): Filter[] {
  if (isDiscarded(spec)) return [];
  if (isFilled(spec.exact)) return [attributesFilter("exact", spec.exact)];
  if (isFilled(spec.prefix)) return [attributesFilter("prefix", spec.prefix)];
  if (isFilled(spec.suffix)) return [attributesFilter("suffix", spec.suffix)];
  if (spec.all !== undefined && spec.all.length > 0) return [allFilter(spec.all.flatMap(compile))];
  if (spec.any !== undefined && spec.any.length > 0) return [anyFilter(spec.any.flatMap(compile))];
  if (spec.not !== undefined) return [notFilter(allFilter(compile(spec.not)))];
  if (spec.cesql !== undefined && spec.cesql !== "") return [cesqlFilter(spec.cesql)];
  return [];
}

function isFilled(
  wanted: Readonly<Record<string, string>> | undefined,
): wanted is Readonly<Record<string, string>> {
  return wanted !== undefined && Object.keys(wanted).length > 0;
}
