import { BackOff } from "../../shared/events/resources.ts";
import type { Resource } from "../../shared/policy-schema.ts";

/** A change that did not help for a whole day is worth another try. */
const MAX_SECONDS = 86_400;

type Annotations = Readonly<Record<string, string>> | undefined;

/** On the pod, as its resizes are: a new pod starts from its template, with a clean slate. */
export function backOffKey(resource: Resource): string {
  return `vigie.dev/back-off-${resource}`;
}

/** null when there is none, or none that we could have written. */
export function readBackOff(annotations: Annotations, resource: Resource): BackOff | null {
  const text = annotations?.[backOffKey(resource)];
  if (text === undefined) return null;
  try {
    return BackOff.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * After a change that was taken back: not again for as long as it was given to help, doubled with
 * every failure in a row, a day at most. One of the other direction, or after a day without any,
 * counts from the start.
 */
export function nextBackOff(
  previous: BackOff | null,
  failed: { direction: BackOff["direction"]; reliefSeconds: number; at: string },
): BackOff {
  const { direction, reliefSeconds, at } = failed;
  const atMs = Date.parse(at);
  const isInARow =
    previous !== null &&
    previous.direction === direction &&
    atMs - Date.parse(previous.until) < MAX_SECONDS * 1000;
  const failures = isInARow ? Math.min(previous.failures + 1, 1_000) : 1;
  const seconds = Math.min(reliefSeconds * 2 ** Math.min(failures - 1, 30), MAX_SECONDS);
  return { direction, failures, at, until: new Date(atMs + seconds * 1000).toISOString() };
}
