import { decide, type Decision } from "../../../functions/alert-handle/decide.ts";
import type { LabelPolicy, Pod } from "../../../functions/alert-handle/label-change.ts";
import type { Fact } from "../../../shared/pod-alerts/fact.ts";
import type { Resource } from "../../../shared/policy-schema.ts";

export const policy: LabelPolicy = {
  bands: { moderatePercent: 33, highPercent: 66, hysteresisPercent: 3 },
  preset: "load",
};

/** A fact of the alert PodLoadHigh, `minute` minutes past eleven; other fields by overrides. */
export function fact(minute: number, overrides: Partial<Fact> = {}): Fact {
  const at = `2026-11-20T11:${String(minute).padStart(2, "0")}:00.000Z`;
  const merged = {
    key: "high",
    at,
    firing: true,
    claim: "high",
    percent: 92,
    ...overrides,
  } as const;
  const { key, firing, percent, claim, readAt } = { readAt: "", ...merged };
  return { id: `${key}/${at}/${firing}/${percent}/${claim}/${readAt}`, ...merged };
}

export function pod(labels: Record<string, string> = {}): Pod {
  return { labels, annotations: {} };
}

/** The pod after a decision, as a merge patch leaves it. */
export function patched(before: Pod, { change }: Decision): Pod {
  const labels = { ...before.labels };
  for (const [key, value] of Object.entries(change?.labels ?? {})) {
    if (value === null) delete labels[key];
    else labels[key] = value;
  }
  return { labels, annotations: { ...before.annotations, ...change?.annotations } };
}

/** The pod after facts, in the order given. */
export function after(
  before: Pod,
  facts: readonly (readonly [Resource, Fact])[],
  by: LabelPolicy = policy,
): Pod {
  return facts.reduce(
    (now, [resource, each]) => patched(now, decide(now, resource, each, by)),
    before,
  );
}
