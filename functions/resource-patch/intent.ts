import * as z from "zod/mini";
import { Alternative, ContainerChange, SettledOutcome } from "../../shared/events/resources.ts";
import type { Resource } from "../../shared/policy-schema.ts";

/**
 * What a pod remembers of the last resize of a resource, and a workload or claim of its last change.
 * Written before the change or with it, so that a delivery that comes again knows what was there at
 * first; completed after it.
 */
export const Intent = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  observedAt: z.iso.datetime({ offset: true }),
  changes: z.array(ContainerChange),
  replicas: z.optional(Alternative.shape.replicas),
  volume: z.optional(Alternative.shape.volume),
  /** When this resource of this pod was resized before that, oldest first, in the last 24 hours. */
  earlier: z.optional(z.array(z.iso.datetime())),
  /** null while it is being carried out. */
  settled: z.nullable(
    z.object({ outcome: SettledOutcome, reason: z.string(), at: z.iso.datetime() }),
  ),
});
export type Intent = z.infer<typeof Intent>;
export type Settled = NonNullable<Intent["settled"]>;

/** One annotation per resource: cpu and memory do not shadow each other. */
export function intentKey(resource: Resource): string {
  return `vigie.dev/resize-intent-${resource}`;
}

/** Of a workload: its pods have their own, which end with them. */
export function changeKey(resource: Resource): string {
  return `vigie.dev/change-intent-${resource}`;
}

/** Of a claim, which grows for one reason only. */
export const GROWTH_KEY = "vigie.dev/growth-intent";

/** Of a pod; null when there is none, or none that we could have written. */
export function readIntent(
  annotations: Readonly<Record<string, string>> | undefined,
  resource: Resource,
): Intent | null {
  return readIntentAt(annotations, intentKey(resource));
}

/** Likewise, of any object of ours. */
export function readIntentAt(
  annotations: Readonly<Record<string, string>> | undefined,
  key: string,
): Intent | null {
  const text = annotations?.[key];
  if (text === undefined) return null;
  try {
    return Intent.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
