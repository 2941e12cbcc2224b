import type { FilterSpec } from "../../manifests/filter.ts";
import type { CloudEvent } from "../cloud-event.ts";
import { attributeValue } from "./attribute-value.ts";
import type { TriggerFilters } from "./compile.ts";
import { isDiscarded } from "./discarded.ts";
import { explainCesql } from "./explain-cesql.ts";
import type { FilterResult } from "./filter.ts";
import { quoted } from "./quoted.ts";

/** One thing that a filter looked at. */
export type Finding = {
  /** Where it stands below `spec`: `filters[0].any[1].exact`. */
  at: string;
  /** For people: which attribute, what was wanted, what was found. */
  text: string;
};

export type Explanation = {
  result: FilterResult;
  /** What led to the result; never empty. */
  because: Finding[];
};

/**
 * Why a trigger's filter lets an event through or not. Agrees with `compileFilters`, which says
 * only that: this one is for people, and not on the way of an event. Pure.
 */
export function explainFilters(
  { filters, attributes }: TriggerFilters,
  event: CloudEvent,
): Explanation {
  if (filters.length > 0) return explainAll("filters", filters, event);
  if (attributes !== null && Object.keys(attributes).length > 0) {
    return explainLegacy(attributes, event);
  }
  return none("filters", "there is no filter: every event is taken");
}

/** Null for an entry without a dialect: Knative skips it. */
function explainEntry(at: string, spec: FilterSpec, event: CloudEvent): Explanation | null {
  for (const dialect of ["exact", "prefix", "suffix"] as const) {
    const wanted = spec[dialect];
    if (wanted === undefined || Object.keys(wanted).length === 0) continue;
    return explainAttributes(`${at}.${dialect}`, dialect, wanted, event);
  }
  if (spec.all !== undefined && spec.all.length > 0) {
    return explainAll(`${at}.all`, spec.all, event);
  }
  if (spec.any !== undefined && spec.any.length > 0) {
    return explainAny(`${at}.any`, spec.any, event);
  }
  if (spec.not !== undefined) return explainNot(`${at}.not`, spec.not, event);
  const expression: string = spec.cesql ?? "";
  if (expression === "") return null;
  const { result, texts } = explainCesql(expression, event);
  return { result, because: texts.map((text) => ({ at: `${at}.cesql`, text })) };
}

/** The first that fails decides; without one, all have their say and the last one's result counts. */
function explainAll(at: string, specs: readonly FilterSpec[], event: CloudEvent): Explanation {
  return explainList(at, specs, event, "fail");
}

/** The first that passes decides; otherwise as above. */
function explainAny(at: string, specs: readonly FilterSpec[], event: CloudEvent): Explanation {
  return explainList(at, specs, event, "pass");
}

function explainList(
  at: string,
  specs: readonly FilterSpec[],
  event: CloudEvent,
  decisive: FilterResult,
): Explanation {
  const because: Finding[] = [];
  let result: FilterResult = "none";
  for (const [index, spec] of specs.entries()) {
    const child = explainEntry(`${at}[${index}]`, spec, event);
    if (child === null) continue;
    if (child.result === decisive) return child;
    if (!isDiscarded(spec)) result = child.result;
    because.push(...child.because);
  }
  if (because.length === 0) return none(at, "no entry has a dialect: all are skipped");
  return { result, because };
}

function explainNot(at: string, spec: FilterSpec, event: CloudEvent): Explanation {
  const child = explainEntry(at, spec, event);
  if (child === null) return none(at, "not of an entry without a dialect restricts nothing");
  if (child.result === "none") return child;
  const because = child.because.map((one) => ({ ...one, text: `not (${one.text})` }));
  return { result: child.result === "pass" ? "fail" : "pass", because };
}

const RELATION = { exact: "is", prefix: "begins with", suffix: "ends with" } as const;
const HOLDS: Readonly<Record<keyof typeof RELATION, (actual: string, wanted: string) => boolean>> =
  {
    exact: (actual, wanted) => actual === wanted,
    prefix: (actual, wanted) => actual.startsWith(wanted),
    suffix: (actual, wanted) => actual.endsWith(wanted),
  };

function explainAttributes(
  at: string,
  dialect: keyof typeof RELATION,
  wanted: Readonly<Record<string, string>>,
  event: CloudEvent,
): Explanation {
  const empty = Object.keys(wanted).find((name) => wanted[name] === "");
  if (empty !== undefined) {
    return none(at, `wants an empty ${empty}: Knative discards it, and it restricts nothing`);
  }
  const relation = RELATION[dialect];
  return compare(at, wanted, event, relation, HOLDS[dialect]);
}

function explainLegacy(wanted: Readonly<Record<string, string>>, event: CloudEvent): Explanation {
  return compare("filter.attributes", wanted, event, "is", (actual, value) =>
    value === "" ? actual !== "" : actual !== "" && actual === value,
  );
}

/** Every attribute that differs, or all of them when none does. */
function compare(
  at: string,
  wanted: Readonly<Record<string, string>>,
  event: CloudEvent,
  relation: string,
  holds: (actual: string, wanted: string) => boolean,
): Explanation {
  const met: Finding[] = [];
  const unmet: Finding[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    const actual = attributeValue(event, name);
    if (actual !== undefined && holds(actual, value)) {
      met.push({ at, text: `${name} ${relation} ${value === "" ? "set" : quoted(value)}` });
      continue;
    }
    const found =
      actual === undefined ? "the event has none" : actual === "" ? "it is unset" : quoted(actual);
    const what = value === "" ? "any value" : `one that ${relation} ${quoted(value)}`;
    unmet.push({ at, text: `wants ${what} in ${name}; found: ${found}` });
  }
  return unmet.length > 0 ? { result: "fail", because: unmet } : { result: "pass", because: met };
}

function none(at: string, text: string): Explanation {
  return { result: "none", because: [{ at, text }] };
}
