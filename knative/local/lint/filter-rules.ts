import { lintCesql } from "../cesql/lint.ts";
import type { FilterSpec } from "../manifests/filter.ts";
import type { Trigger } from "../manifests/trigger.ts";
import { isAscii, nonAsciiText } from "./ascii.ts";
import type { Inspected, Rule, Warning } from "./warning.ts";

type Path = readonly PropertyKey[];

/** Filters that let through more than they seem to, or nothing. */
export const filterRules: Rule = (inspected) =>
  inspected.wiring.triggers.flatMap((trigger) => [
    ...trigger.filters.flatMap((entry, index) =>
      entryRules(inspected, trigger, entry, ["spec", "filters", index], "all"),
    ),
    ...bothFilters(inspected, trigger),
    ...unusual(inspected, trigger, trigger.attributes ?? {}, ["spec", "filter", "attributes"]),
  ]);

function bothFilters(inspected: Inspected, trigger: Trigger): Warning[] {
  if (trigger.filters.length === 0 || Object.keys(trigger.attributes ?? {}).length === 0) return [];
  const message = "filter is ignored, because there are filters";
  return [inspected.warn(trigger, ["spec", "filter"], "ignored-filter", message)];
}

function entryRules(
  inspected: Inspected,
  trigger: Trigger,
  entry: FilterSpec,
  path: Path,
  parent: "all" | "any" | "not",
): Warning[] {
  const open = (at: Path, what: string) => [
    inspected.warn(trigger, at, "open-filter", `${what}: ${consequence(parent)}`),
  ];
  for (const dialect of ["exact", "prefix", "suffix"] as const) {
    const wanted = entry[dialect];
    if (wanted === undefined || Object.keys(wanted).length === 0) continue;
    const empty = Object.keys(wanted).find((name) => wanted[name] === "");
    if (empty !== undefined) {
      const what = `${dialect} with an empty ${empty} is discarded as a whole`;
      return open([...path, dialect, empty], what);
    }
    return unusual(inspected, trigger, wanted, [...path, dialect]);
  }
  for (const dialect of ["all", "any"] as const) {
    const children = entry[dialect];
    if (children === undefined || children.length === 0) continue;
    return children.flatMap((child, index) =>
      entryRules(inspected, trigger, child, [...path, dialect, index], dialect),
    );
  }
  if (entry.not !== undefined) {
    return entryRules(inspected, trigger, entry.not, [...path, "not"], "not");
  }
  const expression: string = entry.cesql ?? "";
  if (expression !== "") {
    return lintCesql(expression).map(({ code, message }) =>
      inspected.warn(trigger, [...path, "cesql"], `cesql-${code}`, message),
    );
  }
  const [dialect] = Object.keys(entry);
  return dialect === undefined
    ? open(path, "an empty entry is skipped")
    : open([...path, dialect], `an empty ${dialect} is skipped`);
}

function consequence(parent: "all" | "any" | "not"): string {
  if (parent === "not") return "the not around it restricts nothing, and every event is delivered";
  if (parent === "any") {
    return "the others of any decide, and without others every event is delivered";
  }
  return "it restricts nothing, so every event is delivered that the others let through";
}

/** `E:pkg/broker/filter/filter_handler.go`: data is never looked at, and the TTL is taken away before. */
const INVISIBLE = ["data", "knativebrokerttl"];

function unusual(
  inspected: Inspected,
  trigger: Trigger,
  wanted: Readonly<Record<string, string>>,
  path: Path,
): Warning[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const at = [...path, name];
    if (INVISIBLE.includes(name)) {
      const message = `${name} is never visible to filters: this can't match any event`;
      return [inspected.warn(trigger, at, "invisible-attribute", message)];
    }
    return isAscii(value) ? [] : [inspected.warn(trigger, at, "non-ascii", nonAsciiText(name))];
  });
}
