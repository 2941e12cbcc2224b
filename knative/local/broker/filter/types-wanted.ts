import { parse } from "../../cesql/parse.ts";
import { valuesWanted } from "../../cesql/values-wanted.ts";
import type { FilterSpec } from "../../manifests/filter.ts";
import type { TriggerFilters } from "./compile.ts";

/**
 * The event types that a trigger can match, or null when any may: an index over triggers, so that
 * an event is compared with few of a thousand. Never narrower than the filter itself.
 */
export function typesWanted({ filters, attributes }: TriggerFilters): ReadonlySet<string> | null {
  if (filters.length === 0) {
    const type = attributes?.["type"];
    return type === undefined || type === "" ? null : new Set([type]);
  }
  return ofAll(filters);
}

function ofAll(specs: readonly FilterSpec[]): ReadonlySet<string> | null {
  for (const spec of specs) {
    const types = ofOne(spec);
    if (types !== null) return types;
  }
  return null;
}

function ofOne(spec: FilterSpec): ReadonlySet<string> | null {
  if (spec.exact !== undefined && Object.keys(spec.exact).length > 0) {
    const values = Object.values(spec.exact);
    const type = Object.hasOwn(spec.exact, "type") ? spec.exact["type"] : undefined;
    return type === undefined || values.includes("") ? null : new Set([type]);
  }
  if (spec.prefix !== undefined || spec.suffix !== undefined) return null;
  if (spec.all !== undefined && spec.all.length > 0) return ofAll(spec.all);
  if (spec.any !== undefined && spec.any.length > 0) {
    const union = new Set<string>();
    for (const child of spec.any) {
      const types = ofOne(child);
      if (types === null) return null;
      for (const type of types) union.add(type);
    }
    return union;
  }
  // A `not` wins over CESQL, as in compile.ts.
  if (spec.not !== undefined || spec.cesql === undefined || spec.cesql === "") return null;
  return valuesWanted(parse(spec.cesql), "type");
}
