import * as z from "zod/mini";
import { Band, type Resource } from "../policy-words.ts";
import { type Bands, classify, isBelow } from "./classify.ts";
import { Fact, newestFirst } from "./fact.ts";

/** The annotation of a pod that has its ledger, as JSON. */
export const LEDGER = "vigie.dev/alerts";

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

/** Where a resource stands, and the fact that says so. */
export type Standing = { band: Band; percent: number | null; fact: Fact };

/**
 * The newest alert that still fires decides: an older one may only be kept firing by its rule. When
 * none fires, the newest that ended says what no longer holds, and the band goes back to what it was
 * before the first alert, if that was lower; else to low. null without facts.
 */
function standingOf(facts: readonly Fact[], base: Band | null, bands: Bands): Standing | null {
  const sorted = newestFirst(facts);
  const fact = sorted.find(({ firing }) => firing) ?? sorted[0];
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
