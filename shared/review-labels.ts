import type { Resource } from "./policy-schema.ts";

/**
 * Label of a pod of which something is still open, with the second since 1970 from which on it is
 * worth a look, by resource: `cpu-1763720000_memory-1763720300`. A label, because a list of pods can
 * be asked for those that have it; what is open is in their annotations.
 */
export const REVIEW_LABEL = "vigie.dev/review";

/** Label of a pod that does not have its first sizes: `cpu`, `memory` or `cpu_memory`. */
export const RESIZED_LABEL = "vigie.dev/resized";

/** When each resource is to be looked at. */
export type Reviews = ReadonlyMap<Resource, number>;

/** null when nothing is open. */
export function formatReviews(reviews: Reviews): string | null {
  const parts = [...reviews].map(([resource, atSeconds]) => `${resource}-${Math.floor(atSeconds)}`);
  return parts.length === 0 ? null : parts.sort().join("_");
}

/** Empty for what we cannot have written: no label is a reason to act. */
export function parseReviews(value: string | undefined): Reviews {
  const reviews = new Map<Resource, number>();
  for (const [, resource, atSeconds] of (value ?? "").matchAll(/(cpu|memory)-(\d{1,12})(?=_|$)/g)) {
    reviews.set(resource as Resource, Number(atSeconds));
  }
  return reviews;
}

/** null when there is none. */
export function formatResized(resources: readonly Resource[]): string | null {
  return resources.length === 0 ? null : resources.toSorted().join("_");
}

/** Empty for what we cannot have written. */
export function parseResized(value: string | undefined): Resource[] {
  return (value ?? "").split("_").filter((part) => part === "cpu" || part === "memory");
}
