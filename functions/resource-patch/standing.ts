import type { ContainerChange } from "../../shared/events/change.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { type Intent, isUndone } from "./intent.ts";
import { isSameShare } from "./shares.ts";

/**
 * Every change that still stands, as one from the first sizes to the last, per container. `later`
 * is added to what stood before; where somebody else wrote a size in between, it starts anew from
 * that: their size is never taken back.
 */
export function withChanges(
  standing: readonly ContainerChange[],
  later: readonly ContainerChange[],
  resource: Resource,
): ContainerChange[] {
  const kept = standing.filter((one) => !later.some((change) => isSameContainer(one, change)));
  const joined = later.map((change) => {
    const earlier = standing.find((one) => isSameContainer(one, change));
    return earlier !== undefined && isSameShare(earlier.after, change.before, resource)
      ? { ...change, before: earlier.before }
      : change;
  });
  return [...kept, ...joined].filter(({ before, after }) => !isSameShare(before, after, resource));
}

/** What of an intent, and of those before it, stands on the pod now if nobody else wrote it. */
export function standingOf(intent: Intent | null, resource: Resource): ContainerChange[] {
  if (intent === null) return [];
  const all = intent.standing ?? intent.changes;
  return isUndone(intent) ? withChanges(all, reversed(intent.changes), resource) : [...all];
}

/** The same changes, the other way. */
export function reversed(changes: readonly ContainerChange[]): ContainerChange[] {
  return changes.map((change) => ({
    ...change,
    before: change.after,
    after: change.before,
  }));
}

function isSameContainer(a: ContainerChange, b: ContainerChange): boolean {
  return a.container === b.container && a.kind === b.kind;
}
