import { Resource } from "../../../shared/policy-words.ts";
import { formatReviews, REVIEW_LABEL } from "../../../shared/review-labels.ts";
import { changeKey, dueSeconds, type Intent, readIntentAt } from "../intent.ts";
import { earlierAt } from "../resize-times.ts";
import type { Target } from "./target.ts";

/** What is written of an object's metadata; null takes a key away. */
export type Marks = {
  annotations: Readonly<Record<string, string | null>>;
  labels: Readonly<Record<string, string | null>>;
};

/**
 * An intent as it is written on a workload or a claim: with the times of the changes before it, and
 * with the label by which it is found again while it is open. They are written together, so that
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
  const wanted = reviewLabel({ ...known, [key]: note });
  const isThere = (standing[REVIEW_LABEL] ?? null) === wanted;
  return { annotations, labels: isThere ? {} : { [REVIEW_LABEL]: wanted } };
}

function reviewLabel(annotations: Readonly<Record<string, string>>): string | null {
  const reviews = new Map<Resource, number>();
  for (const resource of Resource.options) {
    const seconds = dueSeconds(readIntentAt(annotations, changeKey(resource)));
    if (seconds !== null) reviews.set(resource, seconds);
  }
  return formatReviews(reviews);
}
