import * as z from "zod/mini";
import { ContainerChange, SettledOutcome } from "../../shared/events/resources.ts";
import type { Resource } from "../../shared/policy-schema.ts";

/**
 * What a pod remembers of the last resize of a resource. Written before the resize, so that a
 * delivery that comes again knows what was there at first; completed after it.
 */
export const Intent = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  observedAt: z.iso.datetime({ offset: true }),
  changes: z.array(ContainerChange),
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

/** null when there is none, or none that we could have written. */
export function readIntent(
  annotations: Readonly<Record<string, string>> | undefined,
  resource: Resource,
): Intent | null {
  const text = annotations?.[intentKey(resource)];
  if (text === undefined) return null;
  try {
    return Intent.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
