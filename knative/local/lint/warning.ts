import type { Fault } from "../manifests/fault.ts";
import type { Located } from "../manifests/load.ts";
import type { Identity } from "../manifests/metadata.ts";
import type { Wiring } from "../manifests/wiring.ts";

/** Manifests that a cluster takes, and that do something else there than they seem to say. */
export type Warning = Fault & {
  /** Stable, kebab-case: what to look for, and to count. */
  rule: string;
};

/** The manifests as read, with the places of their fields. */
export type Inspected = {
  wiring: Wiring;
  /** With the in-memory channel's own traps, or without. */
  mode: "sync" | "stored";
  /** What was written at a path of an object, before defaults; undefined when nothing was. */
  written: (object: Identity, path: readonly PropertyKey[]) => unknown;
  /** A warning at a field of an object, or at the nearest one above. */
  warn: (object: Identity, path: readonly PropertyKey[], rule: string, message: string) => Warning;
};

/** One family of traps. Pure. */
export type Rule = (inspected: Inspected) => Warning[];

export function inspect(
  located: readonly Located[],
  wiring: Wiring,
  mode: "sync" | "stored",
): Inspected {
  // An object begins at a line of its own, so its place tells it from all others.
  const places = new Map(located.map((one) => [`${one.file}:${one.line}`, one]));
  const placeOf = ({ file, line }: Identity) => places.get(`${file}:${line}`);
  return {
    wiring,
    mode,
    written: (object, path) => valueAt(placeOf(object)?.object, path),
    warn: (object, path, rule, message) => {
      const place = placeOf(object);
      const kind = place?.object.kind ?? "";
      return {
        file: object.file,
        line: place?.lineOf(path) ?? object.line,
        rule,
        message: `${kind} ${object.name}: ${message}`,
      };
    },
  };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<PropertyKey, unknown>)[key];
  }
  return found;
}
