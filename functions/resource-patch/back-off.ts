import { BackOff } from "../../shared/events/situation.ts";
import type { Action } from "../../shared/policy-class.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import type { Intent, Settled } from "./intent.ts";

/** A change that did not help for a whole day is worth another try. */
const MAX_SECONDS = 86_400;

export type Annotations = Readonly<Record<string, string>> | undefined;

/**
 * On what was changed: a new pod starts from its template, with a clean slate, and its workload
 * remembers what was done to that. Replicas apart: they do not speak for sizes, nor sizes for them.
 */
export function backOffKey(resource: Resource, action: Action = "resize"): string {
  const isScale = action === "scale-out" || action === "scale-in";
  return `vigie.dev/back-off-${isScale ? "replicas-" : ""}${resource}`;
}

/** null when there is none, or none that we could have written. */
export function readBackOff(
  annotations: Annotations,
  resource: Resource,
  action?: Action,
): BackOff | null {
  const text = annotations?.[backOffKey(resource, action)];
  if (text === undefined) return null;
  try {
    return BackOff.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * The annotation that holds a change back that has ended with the old values. One that did harm, or
 * no good, speaks against all that writes sizes that way; one that could not be done, against itself.
 */
export function backOffAfter(
  { annotations }: { annotations?: Annotations },
  resource: Resource,
  { watch, about }: Pick<Intent, "watch" | "about">,
  { outcome, at }: Settled,
): Record<string, string> {
  if (watch === undefined) return {};
  const { direction, reliefSeconds } = watch;
  const { action = "resize" } = about ?? {};
  const isScale = action === "scale-out" || action === "scale-in";
  const actions = isScale || outcome !== "reverted" ? { actions: [action] } : {};
  const previous = readBackOff(annotations, resource, action);
  const next = { ...nextBackOff(previous, { direction, reliefSeconds, at }), ...actions };
  return { [backOffKey(resource, action)]: JSON.stringify(next) };
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
