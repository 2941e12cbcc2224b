import type { Intent } from "../intent.ts";
import { isUndone } from "../intent.ts";

type Replicas = NonNullable<Intent["replicas"]> | null;

/** What of an intent, and of those before it, stands of a workload's replicas if nobody else set them. */
export function replicasStanding(intent: Intent | null): Replicas {
  if (intent === null) return null;
  const own = intent.replicas ?? null;
  const all = intent.standingReplicas === undefined ? own : intent.standingReplicas;
  return isUndone(intent) ? withReplicas(all, turned(own)) : all;
}

/**
 * Two changes as one, from the first number to the last; null when that is the same. Where somebody
 * else set another number in between, it starts anew from that: theirs is never taken back.
 */
export function withReplicas(standing: Replicas, later: Replicas): Replicas {
  if (later === null) return standing;
  const isJoined = standing !== null && standing.after === later.before;
  const joined = isJoined ? { before: standing.before, after: later.after } : later;
  return joined.before === joined.after ? null : joined;
}

/** The same change, the other way. */
export function turned(replicas: Replicas): Replicas {
  return replicas && { before: replicas.after, after: replicas.before };
}
