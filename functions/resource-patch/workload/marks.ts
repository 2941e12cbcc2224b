import { Resource } from "../../../shared/policy-words.ts";
import {
  formatResized,
  formatReviews,
  RESIZED_LABEL,
  REVIEW_LABEL,
} from "../../../shared/review-labels.ts";
import { changeKey, dueSeconds, type Intent, readIntentAt } from "../intent.ts";
import { earlierAt } from "../resize-times.ts";
import { standingOf } from "../standing.ts";
import { replicasStanding } from "./standing-replicas.ts";
import type { Target } from "./target.ts";

/** What is written of an object's metadata; null takes a key away. */
export type Marks = {
  annotations: Readonly<Record<string, string | null>>;
  labels: Readonly<Record<string, string | null>>;
};

/**
 * An intent as it is written on a workload or a claim: with the times of the changes before it, and
 * with the labels by which it is found again while it is open, or stands. They are written together, so that
 * neither is ever without the other.
 */
export function marksOf(
  { metadata }: Target,
  key: string,
  intent: Intent,
  others: Marks["annotations"] = {},
): Marks {
  const { annotations: known = {}, labels: standing = {} } = metadata;
  const note = JSON.stringify({ ...intent, earlier: earlierAt(known, key, intent) });
  const annotations = { ...others, [key]: note };
  const wanted = Object.entries(labelsFor({ ...known, [key]: note }));
  const changed = wanted.filter(([label, value]) => (standing[label] ?? null) !== value);
  return { annotations, labels: Object.fromEntries(changed) };
}

function labelsFor(annotations: Readonly<Record<string, string>>): Record<string, string | null> {
  const reviews = new Map<Resource, number>();
  const changed: Resource[] = [];
  for (const resource of Resource.options) {
    const intent = readIntentAt(annotations, changeKey(resource));
    const seconds = dueSeconds(intent);
    if (seconds !== null) reviews.set(resource, seconds);
    const isFirst = standingOf(intent, resource).length === 0 && replicasStanding(intent) === null;
    if (!isFirst) changed.push(resource);
  }
  return { [REVIEW_LABEL]: formatReviews(reviews), [RESIZED_LABEL]: formatResized(changed) };
}
