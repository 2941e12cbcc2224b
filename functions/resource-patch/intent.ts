import * as z from "zod/mini";
import { Instant } from "../../shared/instant.ts";
import {
  ContainerChange,
  Direction,
  ReplicaChange,
  Tried,
  VolumeChange,
} from "../../shared/events/change.ts";
import { SettledOutcome } from "../../shared/events/settled.ts";
import { SituationLoad } from "../../shared/events/situation.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { Action, SlaClass } from "../../shared/policy-words.ts";

const settledFields = () => ({
  outcome: SettledOutcome,
  reason: z.string(),
  at: z.iso.datetime(),
  /** Of the event that ended it, when that was not the decision: it may come again. */
  cause: z.optional(z.string()),
});
const Settled = z.lazy(() => z.object(settledFields()));

/** With what a later end is told, and what follows it is decided: the decision is not at hand then. */
const About = z.lazy(() =>
  z.object({
    action: Action,
    load: SituationLoad,
    pod: z.object({ name: z.string(), uid: z.string() }),
    slaClass: z.optional(SlaClass),
    hasReplicas: z.boolean(),
    tried: z.optional(z.array(Tried)),
    /** Of a pod: the workload at the end of its owners, which is told, too. */
    workload: z.optional(
      z.object({
        apiVersion: z.string(),
        kind: z.string(),
        namespace: z.string(),
        name: z.string(),
        uid: z.string(),
      }),
    ),
  }),
);
export type About = z.infer<typeof About>;

/** Endings of which nothing is left on the pod. */
const UNDONE: ReadonlySet<string> = new Set([
  "infeasible",
  "error",
  "refused",
  "dropped",
  "expired",
]);

/**
 * What a pod remembers of the last resize of a resource, and a workload or claim of its last change.
 * Written before the change or with it, so that a delivery that comes again knows what was there at
 * first; completed after it.
 */
export const Intent = z.lazy(() =>
  z.object({
    id: z.string(),
    at: z.iso.datetime(),
    observedAt: Instant,
    changes: z.array(ContainerChange),
    replicas: z.optional(ReplicaChange),
    volume: z.optional(VolumeChange),
    /** When this resource of this pod was resized before that, oldest first, in the last 24 hours. */
    earlier: z.optional(z.array(z.iso.datetime())),
    /** null while it is being carried out. */
    settled: z.nullable(Settled),
    /** Every change of this resource that still stands, as one: from the first sizes to these. */
    standing: z.optional(z.array(ContainerChange)),
    /** Likewise, of the replicas of a workload; null when they are the first ones. */
    standingReplicas: z.optional(ReplicaChange),
    /** Absent in what earlier versions wrote: nothing follows its end then. */
    about: z.optional(About),
    /** By what it is judged afterwards; absent when nobody does. */
    watch: z.optional(
      z.object({
        direction: Direction,
        /** It was for a high load, which is to become lower. */
        isRelief: z.boolean(),
        /** What is to become true has this long, from when it was applied. */
        reliefSeconds: z.int(),
        /** Of the changed containers, before the change; of a workload: how many in as long before it. */
        restarts: z.int(),
        isReady: z.boolean(),
      }),
    ),
    /** What became of it after it was applied; absent while that is open. */
    closed: z.optional(Settled),
    /** Written before sizes are taken back, so that whoever comes next goes on with it. */
    takingBack: z.optional(
      z.object({
        ...settledFields(),
        cause: z.string(),
        /** All that stands, to the first sizes; else this change alone. */
        isAll: z.boolean(),
      }),
    ),
  }),
);
export type Intent = z.infer<typeof Intent>;
export type Settled = z.infer<typeof Settled>;

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

/** Whether it ended with the old values. */
export function isUndone({ settled }: Pick<Intent, "settled">): boolean {
  return settled !== null && UNDONE.has(settled.outcome);
}

/** Whether nothing came of it, whoever has ended it. */
export function cameToNothing(intent: Pick<Intent, "settled" | "closed">): boolean {
  return isUndone(intent) || (intent.closed !== undefined && UNDONE.has(intent.closed.outcome));
}

/** From which second since 1970 on it is worth a look what became of it; null when it is not open. */
export function dueSeconds(intent: Intent | null): number | null {
  if (intent === null || !isOpen(intent)) return null;
  // At once: whether it made things worse can be seen before its time is over.
  return Math.floor(Date.parse(intent.settled?.at ?? intent.at) / 1000);
}

/** Whether it is still to be seen what became of it. */
export function isOpen(intent: Intent): boolean {
  if (intent.takingBack !== undefined) return true;
  return intent.watch !== undefined && intent.closed === undefined && !isUndone(intent);
}
