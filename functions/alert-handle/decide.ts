import type { Band, Resource } from "../../shared/policy-schema.ts";
import { type Fact, seenAt } from "../../shared/pod-alerts/fact.ts";
import {
  type Answer,
  LEDGER,
  type Ledger,
  parseLedger,
  resourceStanding,
  type Standing,
} from "../../shared/pod-alerts/ledger.ts";
import { addFact } from "./add-fact.ts";
import { OBSERVED_AT } from "./observed-at.ts";
import { isEmpty, labelChange, type LabelPolicy, type Pod } from "./label-change.ts";
import { type Preset, shownBand } from "./presets.ts";

/** null takes a key away. */
export type Change = { labels: Record<string, string | null>; annotations: Record<string, string> };

/** What to write to the pod (null: nothing) and what to tell about its load (null: nothing new). */
export type Decision = {
  kind: "labelled" | "noted" | "repeated" | "unchanged" | "stale";
  reason: string;
  change: Change | null;
  answer: Answer | null;
};

/** Says what an alert's fact changes at a pod. The same facts in any order end in the same labels. */
export function decide(pod: Pod, resource: Resource, fact: Fact, policy: LabelPolicy): Decision {
  const before = parseLedger(pod.annotations[LEDGER]) ?? newLedger(pod, policy.preset);
  const { facts, last } = before[resource];
  const added = addFact(facts, fact);
  if (added === null) return known(pod, before, resource, fact, policy);

  const after: Ledger = { ...before, [resource]: { facts: added, last } };
  const standing = resourceStanding(after, resource, policy.bands);
  const previous = resourceStanding(before, resource, policy.bands);
  const previousBand = previous?.band ?? before.base[resource];
  const labels = labelChange(pod, after, policy);
  const answer = answerTo(standing, previousBand, added, fact, labels);
  if (answer !== null) after[resource] = { facts: added, last: answer };
  return {
    kind: isEmpty(labels) ? "noted" : "labelled",
    reason: explain(resource, standing, previousBand),
    change: toChange(after, labels),
    answer,
  };
}

/**
 * A fact that tells nothing new. The one that was answered last is answered again: the answer may
 * have been lost after the pod was written. A repeat also puts back labels that somebody changed.
 */
function known(
  pod: Pod,
  ledger: Ledger,
  resource: Resource,
  fact: Fact,
  policy: LabelPolicy,
): Decision {
  const { facts, last } = ledger[resource];
  const answer = last?.id === fact.id ? last : null;
  if (answer === null && !facts.some(({ id }) => id === fact.id)) {
    const reason = `newer facts are known than ${fact.at}`;
    return { kind: "stale", reason, change: null, answer };
  }
  const labels = labelChange(pod, ledger, policy);
  const standing = resourceStanding(ledger, resource, policy.bands);
  if (!isEmpty(labels)) {
    const reason = `labels put back: ${resource} ${standing?.band}`;
    return { kind: "labelled", reason, change: toChange(ledger, labels), answer };
  }
  return {
    kind: answer === null ? "unchanged" : "repeated",
    reason: `known already: ${resource} ${standing?.band}`,
    change: null,
    answer,
  };
}

/**
 * An answer when the band is another, or when this fact is the one that decides: a new reading of
 * the same band matters to whoever resizes. A reading of an older fact is not passed on: it was
 * taken against a limit that may have changed since.
 */
function answerTo(
  standing: Standing | null,
  previousBand: Band | null,
  facts: readonly Fact[],
  fact: Fact,
  labels: Answer["labels"],
): Answer | null {
  if (standing === null) return null;
  const decides = standing.fact.id === fact.id;
  if (!decides && standing.band === previousBand) return null;
  return {
    id: fact.id,
    observedAt: newestOf([...facts.map(({ at }) => at), decides ? seenAt(fact) : fact.at]),
    percent: decides ? standing.percent : null,
    band: standing.band,
    previousBand,
    labels,
  };
}

function newLedger({ labels }: Pod, preset: Preset): Ledger {
  return {
    base: { cpu: shownBand(preset, labels, "cpu"), memory: shownBand(preset, labels, "memory") },
    cpu: { facts: [], last: null },
    memory: { facts: [], last: null },
    owned: {},
  };
}

function toChange(ledger: Ledger, labels: Answer["labels"]): Change {
  const { set, removed } = labels;
  const owned = new Map([...Object.entries(ledger.owned), ...Object.entries(set)]);
  for (const key of removed) owned.delete(key);
  return {
    labels: { ...set, ...Object.fromEntries(removed.map((key) => [key, null])) },
    annotations: {
      [LEDGER]: JSON.stringify({ ...ledger, owned: Object.fromEntries(owned) }),
      [OBSERVED_AT]: newestOf([...ledger.cpu.facts, ...ledger.memory.facts].map(seenAt)),
    },
  };
}

/** They sort as text; "" of none. */
function newestOf(times: readonly string[]): string {
  return times.reduce((newest, time) => (time > newest ? time : newest), "");
}

function explain(resource: Resource, standing: Standing | null, previousBand: Band | null): string {
  if (standing === null) return `nothing is known of ${resource}`;
  const { band, percent, fact } = standing;
  const reading = percent === null ? "" : ` at ${percent} %`;
  const why = fact.firing ? "firing" : "no alert fires";
  return `${resource} ${band}${reading}, before ${previousBand ?? "unknown"}: ${why} since ${fact.at}`;
}
