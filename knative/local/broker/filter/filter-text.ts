import type { FilterSpec } from "../../manifests/filter.ts";
import type { TriggerFilters } from "./compile.ts";
import { isDiscarded } from "./discarded.ts";

const EVERYTHING = "every event";
const RELATION = { exact: "is", prefix: "begins with", suffix: "ends with" } as const;

/** A trigger's filter in words: `type is a, or type is b`. As it works, not as it is written. */
export function filterText({ filters, attributes }: TriggerFilters): string {
  if (filters.length > 0) return join(filters, " and ").text;
  const wanted = Object.entries(attributes ?? {});
  if (wanted.length === 0) return EVERYTHING;
  return wanted
    .map(([name, value]) => (value === "" ? `${name} is set` : `${name} is ${value}`))
    .join(" and ");
}

type Part = { text: string; isCompound: boolean };

/** Null for an entry that Knative skips: without a dialect, or discarded. */
function entryText(spec: FilterSpec): Part | null {
  if (isDiscarded(spec)) return null;
  for (const dialect of ["exact", "prefix", "suffix"] as const) {
    const wanted = Object.entries(spec[dialect] ?? {});
    if (wanted.length === 0) continue;
    const texts = wanted.map(([name, value]) => `${name} ${RELATION[dialect]} ${value}`);
    return { text: texts.join(" and "), isCompound: texts.length > 1 };
  }
  if (spec.all !== undefined && spec.all.length > 0) return join(spec.all, " and ");
  if (spec.any !== undefined && spec.any.length > 0) return join(spec.any, " or ");
  if (spec.not !== undefined) {
    const child = entryText(spec.not);
    if (child === null || child.text === EVERYTHING) return { text: EVERYTHING, isCompound: false };
    return { text: `not (${child.text})`, isCompound: false };
  }
  const expression: string = spec.cesql ?? "";
  return expression === "" ? null : { text: expression, isCompound: true };
}

function join(specs: readonly FilterSpec[], word: " and " | " or "): Part {
  const parts = specs.map(entryText).filter((part) => part !== null);
  if (parts.length === 0) return { text: EVERYTHING, isCompound: false };
  if (parts.length === 1) return parts[0] as Part;
  const texts = parts.map(({ text, isCompound }) => (isCompound ? `(${text})` : text));
  return { text: texts.join(word), isCompound: true };
}
