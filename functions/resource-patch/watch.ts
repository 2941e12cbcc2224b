import { counted } from "../../shared/counted.ts";
import type { ContainerChange } from "../../shared/events/change.ts";
import type { Alternative } from "../../shared/events/decided.ts";
import type { DecisionPolicy } from "../../shared/policy-class.ts";
import type { Band } from "../../shared/policy-schema.ts";
import type { Intent } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";

/** By what a change will be judged: what the pod was like before it, and how long it has. */
export function watchOf(
  pod: Pod,
  { direction, changes }: Pick<Alternative, "direction" | "changes">,
  { band }: { band: Band },
  { reliefDeadlineSeconds }: Pick<DecisionPolicy, "reliefDeadlineSeconds">,
): NonNullable<Intent["watch"]> {
  return {
    direction,
    isRelief: direction === "up" && band === "high",
    reliefSeconds: reliefDeadlineSeconds,
    restarts: restartsOf(pod, changes),
    isReady: readiness(pod)?.status === "True",
  };
}

/**
 * A sentence when the pod does worse than before the change: killed for want of memory, restarted,
 * or not ready for half a minute. null when it does not.
 */
export function worseThanBefore(
  pod: Pod,
  { at, changes, watch }: Pick<Intent, "at" | "changes" | "watch">,
  now: string,
): string | null {
  if (watch === undefined) return null;
  // Kubernetes tells its times in whole seconds.
  const atSecondMs = Math.floor(Date.parse(at) / 1000) * 1000;
  const killed = statusesOf(pod, changes).find(({ state, lastState }) =>
    [state?.terminated, lastState?.terminated].some(
      (ended) =>
        ended?.reason === "OOMKilled" && Date.parse(String(ended.finishedAt)) >= atSecondMs,
    ),
  );
  if (killed !== undefined) return `${killed.name} was killed for want of memory since`;
  const restarts = restartsOf(pod, changes) - watch.restarts;
  if (restarts > 0) return `its containers restarted ${counted(restarts, "time")} since`;
  const ready = readiness(pod);
  const sinceMs = Date.parse(String(ready?.lastTransitionTime));
  const isUnready =
    watch.isReady &&
    ready?.status === "False" &&
    sinceMs >= atSecondMs &&
    Date.parse(now) - sinceMs >= UNREADY_MS;
  return isUnready ? `the pod is not ready since ${new Date(sinceMs).toISOString()}` : null;
}

/** A probe that fails once is no fault of the size. */
const UNREADY_MS = 30_000;

function restartsOf(pod: Pod, changes: readonly ContainerChange[]): number {
  return statusesOf(pod, changes).reduce((sum, { restartCount }) => sum + restartCount, 0);
}

function statusesOf({ status }: Pod, changes: readonly ContainerChange[]) {
  return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].filter(
    ({ name }) => changes.some(({ container }) => container === name),
  );
}

function readiness({ status }: Pod) {
  return status?.conditions?.find(({ type }) => type === "Ready");
}
