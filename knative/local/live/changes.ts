import type { Fault } from "../manifests/fault.ts";
import type { Located } from "../manifests/load.ts";

/** Which object it is, whatever it says. */
export function keyOf({ object: { apiVersion, kind, metadata } }: Located): string {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return `${group}/${kind}/${metadata.namespace ?? "default"}/${metadata.name}`;
}

/** What differs between two sets of manifests: `Trigger one changed`. Pure. */
export function changesOf(before: readonly Located[], after: readonly Located[]): string[] {
  const old = new Map(before.map((one) => [keyOf(one), one]));
  const changes: string[] = [];
  const say = ({ object }: Located, what: string) =>
    changes.push(`${object.kind} ${object.metadata.name} ${what}`);
  for (const one of after) {
    const known = old.get(keyOf(one));
    old.delete(keyOf(one));
    if (known === undefined) say(one, "added");
    else if (JSON.stringify(known.object) !== JSON.stringify(one.object)) say(one, "changed");
  }
  for (const one of old.values()) say(one, "removed");
  return changes;
}

/**
 * Files that were read and hold nothing any more. Some editors empty a file and write it later; a
 * wiring without it would bury what waits in it, so an empty file is a fault, and a missing one not.
 */
export function emptiedFaults(
  before: readonly Located[],
  after: readonly Located[],
  places: ReadonlySet<string>,
): Fault[] {
  const filled = new Set(after.map(({ file }) => file));
  return [...new Set(before.map(({ file }) => file))]
    .filter((file) => places.has(file) && !filled.has(file))
    .map((file) => ({ file, line: 1, message: "is empty; remove the file if that is meant" }));
}
