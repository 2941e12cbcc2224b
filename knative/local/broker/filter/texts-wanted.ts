import { parse } from "../../cesql/parse.ts";
import { valuesWanted } from "../../cesql/values-wanted.ts";
import type { FilterSpec } from "../../manifests/filter.ts";
import type { TriggerFilters } from "./compile.ts";

/** What filters see of these is not always what the event holds (attribute-value.ts). */
const DERIVED = new Set([
  "time",
  "dataschema",
  "schemaurl",
  "datamediatype",
  "data",
  "specversion",
]);

/**
 * The attributes that a trigger wants to be one of a few texts, with the texts: an index over
 * triggers, so that an event is compared with few of a thousand. Never narrower than the filter
 * itself.
 */
export function textsWanted(trigger: TriggerFilters): ReadonlyMap<string, ReadonlySet<string>> {
  const wanted = new Map<string, ReadonlySet<string>>();
  for (const name of namesOf(trigger)) {
    const texts = DERIVED.has(name) ? null : textsOf(trigger, name);
    if (texts !== null) wanted.set(name, texts);
  }
  return wanted;
}

/** May hold names that are none. */
function namesOf({ filters, attributes }: TriggerFilters): ReadonlySet<string> {
  if (filters.length === 0) return new Set(Object.keys(attributes ?? {}));
  const names = new Set<string>();
  const collect = (spec: FilterSpec): void => {
    for (const name of Object.keys(spec.exact ?? {})) names.add(name);
    for (const child of [...(spec.all ?? []), ...(spec.any ?? [])]) collect(child);
    for (const [word] of (spec.cesql ?? "").matchAll(/[A-Za-z0-9]+/g))
      names.add(word.toLowerCase());
  };
  for (const spec of filters) collect(spec);
  return names;
}

function textsOf(
  { filters, attributes }: TriggerFilters,
  name: string,
): ReadonlySet<string> | null {
  if (filters.length > 0) return ofAll(filters, name);
  const text = Object.hasOwn(attributes ?? {}, name) ? attributes?.[name] : undefined;
  return text === undefined || text === "" ? null : new Set([text]);
}

function ofAll(specs: readonly FilterSpec[], name: string): ReadonlySet<string> | null {
  for (const spec of specs) {
    const texts = ofOne(spec, name);
    if (texts !== null) return texts;
  }
  return null;
}

function ofOne(spec: FilterSpec, name: string): ReadonlySet<string> | null {
  if (spec.exact !== undefined && Object.keys(spec.exact).length > 0) {
    const values = Object.values(spec.exact);
    const text = Object.hasOwn(spec.exact, name) ? spec.exact[name] : undefined;
    return text === undefined || values.includes("") ? null : new Set([text]);
  }
  const isOther = [spec.prefix, spec.suffix].some(
    (dialect) => dialect !== undefined && Object.keys(dialect).length > 0,
  );
  if (isOther) return null;
  if (spec.all !== undefined && spec.all.length > 0) return ofAll(spec.all, name);
  if (spec.any !== undefined && spec.any.length > 0) {
    const union = new Set<string>();
    for (const child of spec.any) {
      const texts = ofOne(child, name);
      if (texts === null) return null;
      for (const text of texts) union.add(text);
    }
    return union;
  }
  // A `not` wins over CESQL, as in compile.ts.
  if (spec.not !== undefined || spec.cesql === undefined || spec.cesql === "") return null;
  return valuesWanted(parse(spec.cesql), name);
}
