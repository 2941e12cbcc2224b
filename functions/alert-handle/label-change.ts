import type { Bands } from "../../shared/pod-alerts/classify.ts";
import { type Answer, type Ledger, resourceStanding } from "../../shared/pod-alerts/ledger.ts";
import { type Preset, wantedLabels } from "./presets.ts";

export type LabelPolicy = { bands: Bands; preset: Preset };

/** The pod as it is now. */
export type Pod = { labels: Record<string, string>; annotations: Record<string, string> };

/** What has to change for the pod to have the preset's labels, and none left from another band. */
export function labelChange(
  pod: Pod,
  ledger: Ledger,
  { preset, bands }: LabelPolicy,
): Answer["labels"] {
  const wanted = wantedLabels(preset, {
    cpu: resourceStanding(ledger, "cpu", bands),
    memory: resourceStanding(ledger, "memory", bands),
  });
  const target = new Map(Object.entries(wanted.set));
  for (const [key, { value, over }] of Object.entries(wanted.setUnlessTaken)) {
    const shown = pod.labels[key];
    const isOurs = shown === value || shown === ledger.owned[key];
    const isTaken = shown !== undefined && !isOurs && !over.includes(shown);
    if (!isTaken) target.set(key, value);
  }
  const set: Record<string, string> = {};
  for (const [key, value] of target) if (pod.labels[key] !== value) set[key] = value;
  const owned = Object.keys(ledger.owned).filter((key) => pod.labels[key] === ledger.owned[key]);
  const removed = [...new Set([...wanted.unset, ...owned])].filter(
    (key) => Object.hasOwn(pod.labels, key) && !target.has(key),
  );
  return { set, removed: removed.sort() };
}

/** Whether the pod has all that it should have. */
export function isEmpty({ set, removed }: Answer["labels"]): boolean {
  return Object.keys(set).length + removed.length === 0;
}
