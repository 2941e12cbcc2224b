import { type DecisionRecord, ResourcesDecided } from "../../shared/events/decided.ts";
import { ResourcesSettled, type Settlement } from "../../shared/events/settled.ts";
import { safeParse } from "../../shared/parse.ts";
import type { JournalEntry } from "./contract.ts";
import { isNamed, type Named } from "./named.ts";

/** One decision of the journal, and what became of it. */
export type KeptDecision = {
  /** As it was told, to the byte: replayed it gives itself again. */
  decision: DecisionRecord;
  /** The last word of it; null when it has not settled, or that is no longer in the journal. */
  settlement: unknown;
};

/** What of the journal can be read as decisions, the newest first. */
export type Kept = {
  decisions: KeptDecision[];
  /** Decisions that were too long for the journal, or that nobody of ours could have told. */
  unreadable: { key: string; reason: string }[];
};

export function readDecisions(entries: readonly JournalEntry[]): Kept {
  const settlements = new Map<string, Settlement>();
  for (const entry of entries) {
    if (entry.kind !== "settlement" || entry.cutBytes > 0) continue;
    const parsed = safeParse(ResourcesSettled.data, parseJson(entry.data));
    if (!parsed.success) continue;
    const { decisionId, at } = parsed.data;
    const known = settlements.get(decisionId);
    // Deferred, applied, relieved: in whatever order they came in, the latest is how it stands.
    if (known === undefined || Date.parse(at) > Date.parse(known.at)) {
      settlements.set(decisionId, parsed.data);
    }
  }
  const kept: Kept = { decisions: [], unreadable: [] };
  for (const { kind, key, data, cutBytes } of entries) {
    if (kind !== "decision") continue;
    if (cutBytes > 0) {
      kept.unreadable.push({ key, reason: `${cutBytes} bytes did not fit the journal` });
      continue;
    }
    const told = parseJson(data);
    const parsed = safeParse(ResourcesDecided.data, told);
    if (parsed.success) {
      // What was told, not what was parsed: the order of the fields is part of the bytes.
      const decision = told as DecisionRecord;
      kept.decisions.push({ decision, settlement: settlements.get(decision.id) ?? null });
    } else kept.unreadable.push({ key, reason: "it is no decision" });
  }
  return kept;
}

/** Those of a pod, or of the workload it belongs to. */
export function decisionsOf({ decisions }: Kept, named: Named): KeptDecision[] {
  return decisions.filter(({ decision: { inputs } }) => {
    const { namespace, name } = inputs.pod;
    return isNamed(named, inputs.owner) || isNamed(named, { namespace, kind: "Pod", name });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
