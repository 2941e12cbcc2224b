import * as z from "zod/mini";
import { Band } from "../policy-words.ts";

/** What one alert said about one resource of a pod, as the pod remembers it. */
export const Fact = z.object({
  /** The alert: its name and fingerprint. A newer fact of the same alert replaces the older. */
  key: z.string(),
  /** Of the event that told it; the same when the event comes again. */
  id: z.string(),
  /** UTC with milliseconds, so that facts sort as text: when it fired, or when it ended. */
  at: z.iso.datetime(),
  /** When its value was measured, as `at`; absent when the alert does not say. */
  readAt: z.optional(z.iso.datetime()),
  firing: z.boolean(),
  /** The band the alert rule stands for; null when it names none. */
  claim: z.nullable(Band),
  percent: z.nullable(z.number().check(z.nonnegative())),
});
export type Fact = z.infer<typeof Fact>;

/**
 * Which of two facts is newer; total, so that every replica agrees. A resolve outranks its tie, and
 * a later reading of the same firing the one before.
 */
export function compareFacts(a: Fact, b: Fact): number {
  return (
    compare(a.at, b.at) ||
    Number(b.firing) - Number(a.firing) ||
    compare(a.readAt ?? "", b.readAt ?? "") ||
    (a.percent ?? -1) - (b.percent ?? -1) ||
    compare(a.id, b.id)
  );
}

/** Total, too: of two alerts that say the same at once, by their key. */
export function newestFirst(facts: readonly Fact[]): Fact[] {
  return facts.toSorted((a, b) => compareFacts(b, a) || compare(a.key, b.key));
}

/**
 * When a fact was last seen to be so: a firing alert is measured again and again. UTC with
 * milliseconds, as its times.
 */
export function seenAt({ at, readAt, firing }: Fact): string {
  return firing && readAt !== undefined && readAt > at ? readAt : at;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
