import { Resource } from "../../shared/policy-words.ts";
import {
  formatResized,
  formatReviews,
  RESIZED_LABEL,
  REVIEW_LABEL,
} from "../../shared/review-labels.ts";
import { dueSeconds, readIntent } from "./intent.ts";
import { readProposal } from "./proposal.ts";
import { standingOf } from "./standing.ts";

type Annotations = Readonly<Record<string, string | null>>;

/**
 * The labels by which a pod is found again, from all that its annotations say: they are written
 * together, so that neither is ever without the other. null takes a label away.
 */
export function labelsFor(annotations: Annotations): Record<string, string | null> {
  const present = Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => entry[1] !== null),
  );
  const reviews = new Map<Resource, number>();
  const resized: Resource[] = [];
  for (const resource of Resource.options) {
    const intent = readIntent(present, resource);
    const proposal = readProposal(present, resource);
    const due = dueSeconds(intent);
    const atSeconds = due === null ? [] : [due];
    if (proposal !== null && proposal.answer === null) {
      atSeconds.push(Math.ceil(Date.parse(proposal.until) / 1000));
    }
    if (atSeconds.length > 0) reviews.set(resource, Math.min(...atSeconds));
    if (standingOf(intent, resource).length > 0) resized.push(resource);
  }
  return { [REVIEW_LABEL]: formatReviews(reviews), [RESIZED_LABEL]: formatResized(resized) };
}
