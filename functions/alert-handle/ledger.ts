import * as z from "zod/mini";
import { Band, type Resource } from "../../shared/policy-words.ts";
import { type Bands, classify, isBelow } from "./classify.ts";
import { Fact } from "./fact.ts";

/** The last answer given about a resource, kept so that a redelivery gets the very same one. */
const Answer = z.object({
  /** Of the fact that caused it. */
  id: z.string(),
  observedAt: z.iso.datetime(),
  percent: z.nullable(z.number().check(z.nonnegative())),
  band: Band,
  previousBand: z.nullable(Band),
  labels: z.object({ set: z.record(z.string(), z.string()), removed: z.array(z.string()) }),
});
export type Answer = z.infer<typeof Answer>;

const Entry = z.object({ facts: z.array(Fact), last: z.nullable(Answer) });

/**
 * What a pod remembers of its alerts, in one annotation. The label follows from the set of facts,
 * not from the order they came in: that makes it right whatever is late, lost or sent twice.
 */
export const Ledger = z.object({
  /** The bands that the labels showed before the first fact. */
  base: z.object({ cpu: z.nullable(Band), memory: z.nullable(Band) }),
  cpu: Entry,
  memory: Entry,
  /** Labels that were set here: they may be taken away while they still have that value. */
  owned: z.record(z.string(), z.string()),
});
export type Ledger = z.infer<typeof Ledger>;

/** Alerts about one resource of one pod: three rules, with room for rules per container. */
const MAX_FACTS = 16;
/** 32 facts with two answers are 7 KB; Kubernetes allows 256 KiB for all annotations of an object. */
const MAX_TEXT = 32_768;

/** null when there is none, or when somebody has written something else there. */
export function parseLedger(text: string | undefined): Ledger | null {
  if (text === undefined || text.length > MAX_TEXT) return null;
  try {
    return Ledger.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/**
 * Which of two facts is newer; total, so that every replica agrees. A resolve outranks its tie, and
 * a later reading of the same firing the one before.
 */
function compareFacts(a: Fact, b: Fact): number {
  return (
    compare(a.at, b.at) ||
    Number(b.firing) - Number(a.firing) ||
    compare(a.readAt ?? "", b.readAt ?? "") ||
    (a.percent ?? -1) - (b.percent ?? -1) ||
    compare(a.id, b.id)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * The facts with one more, newest first: the newest of each alert, at most 16. null when it adds
 * nothing: a newer fact of the same alert is there, or 16 newer ones of others.
 */
export function addFact(facts: readonly Fact[], fact: Fact): Fact[] | null {
  const known = facts.find(({ key }) => key === fact.key);
  if (known !== undefined && compareFacts(known, fact) >= 0) return null;
  const kept = [...facts.filter(({ key }) => key !== fact.key), fact]
    .sort((a, b) => compareFacts(b, a) || compare(a.key, b.key))
    .slice(0, MAX_FACTS);
  return kept.includes(fact) ? kept : null;
}

/** Where a resource stands, and the fact that says so. */
export type Standing = { band: Band; percent: number | null; fact: Fact };

/**
 * The newest alert that still fires decides: an older one may only be kept firing by its rule. When
 * none fires, the newest that ended says what no longer holds, and the band goes back to what it was
 * before the first alert, if that was lower; else to low. null without facts.
 */
function standingOf(facts: readonly Fact[], base: Band | null, bands: Bands): Standing | null {
  const newestFirst = facts.toSorted((a, b) => compareFacts(b, a) || compare(a.key, b.key));
  const fact = newestFirst.find(({ firing }) => firing) ?? newestFirst[0];
  if (fact === undefined) return null;
  const { claim, percent, firing } = fact;
  const band = classify(claim, percent, bands) ?? "low";
  if (firing) return { band, percent, fact };
  const ended = claim ?? band;
  // Rules leave the last value that still matched on a resolved alert: only a lower one is news.
  const value = classify(null, percent, bands);
  if (value !== null && isBelow(value, ended)) return { band: value, percent, fact };
  const before = base !== null && isBelow(base, ended) ? base : "low";
  return { band: before, percent: null, fact };
}

/** The facts of a resource with the band before them. */
export function resourceStanding(ledger: Ledger, resource: Resource, bands: Bands) {
  return standingOf(ledger[resource].facts, ledger.base[resource], bands);
}
