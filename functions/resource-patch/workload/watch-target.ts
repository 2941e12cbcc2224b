import { counted } from "../../../shared/counted.ts";
import type { DecisionPolicy } from "../../../shared/policy-class.ts";
import type { Change } from "../change.ts";
import type { Intent } from "../intent.ts";
import type { Pod } from "../pod-facts.ts";
import { kindOf } from "./kinds.ts";

type Watch = NonNullable<Intent["watch"]>;

/** A probe that fails once is no fault of the change. */
const UNREADY_MS = 30_000;

/**
 * By what a change of a workload will be judged: what its pods were like before it, and how long it
 * has. A template that nothing rolls out relieves nobody who runs: it is to do no harm.
 */
export function watchTarget(
  pods: readonly Pod[],
  { action, target, load }: Pick<Change, "action" | "target" | "load">,
  direction: Watch["direction"],
  { reliefDeadlineSeconds }: Pick<DecisionPolicy, "reliefDeadlineSeconds">,
  now: string,
): Watch {
  const isFelt =
    action !== "patch-owner" || (target !== null && kindOf(target)?.hasRollout === true);
  const fromMs = Date.parse(now) - reliefDeadlineSeconds * 1_000;
  return {
    direction,
    isRelief: isFelt && direction === "up" && load.band === "high",
    reliefSeconds: reliefDeadlineSeconds,
    restarts: pods.flatMap((pod) => restartedSince(pod, fromMs)).length,
    isReady: pods.every((pod) => unreadySince(pod) === null),
  };
}

/**
 * A sentence when the pods do worse than before the change: more containers restarted or were killed
 * than in as long before it, or one is not ready for half a minute. Of a new template only its own
 * pods count, and that one of them is killed for want of memory is enough. null when they do not.
 */
export function podsWorseThanBefore(
  pods: readonly Pod[],
  action: Change["action"],
  { at, watch }: Pick<Intent, "at" | "watch">,
  now: string,
): string | null {
  if (watch === undefined) return null;
  // Kubernetes tells its times in whole seconds.
  const atMs = Math.floor(Date.parse(at) / 1000) * 1000;
  const isNew = action === "patch-owner";
  const ours = isNew ? pods.filter((pod) => createdMs(pod) >= atMs) : pods;
  const restarted = ours.flatMap((pod) => restartedSince(pod, atMs));
  const killed = restarted.find(({ reason }) => reason === "OOMKilled");
  if (isNew && killed !== undefined) return `${killed.name} was killed for want of memory since`;
  if (restarted.length > watch.restarts) {
    return `${counted(restarted.length, "container")} restarted since, ${watch.restarts} in as long before`;
  }
  if (!watch.isReady) return null;
  const unready = ours.find((pod) => {
    const sinceMs = unreadySince(pod);
    return sinceMs !== null && sinceMs >= atMs && Date.parse(now) - sinceMs >= UNREADY_MS;
  });
  return unready === undefined ? null : `pod ${unready.metadata.name} is not ready since`;
}

type Ended = { name: string; reason: string | undefined };

/** The containers of a pod that ended and were started again, or will be, each once. */
function restartedSince({ metadata, status }: Pod, fromMs: number): Ended[] {
  return (status?.containerStatuses ?? []).flatMap(({ name, state, lastState }) => {
    const ended = [state?.terminated, lastState?.terminated].find(
      (one) =>
        one !== undefined && one.exitCode !== 0 && Date.parse(String(one.finishedAt)) >= fromMs,
    );
    return ended === undefined
      ? []
      : [{ name: `container ${name} of pod ${metadata.name}`, reason: ended.reason }];
  });
}

/** Milliseconds since 1970; null for a pod that is ready, or has done its work. */
function unreadySince({ status }: Pod): number | null {
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return null;
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "False" ? Date.parse(String(ready.lastTransitionTime)) : null;
}

function createdMs({ metadata }: Pod): number {
  return Date.parse(metadata.creationTimestamp ?? "");
}
