import { ageOf } from "./table-cells.ts";
import type { Pod } from "./workload-types.ts";

/** The STATUS column of `kubectl get pods` (pkg/printers/internalversion `printPod`). */
export function podStatusText(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  const statuses = pod.status?.containerStatuses ?? [];
  for (const { state } of statuses.toReversed()) {
    if (state.waiting !== undefined) return state.waiting.reason;
    if (state.terminated !== undefined) return state.terminated.reason;
  }
  if (pod.status?.reason !== undefined) return pod.status.reason;
  if (pod.status?.phase === "Pending" && pod.spec.nodeName !== undefined)
    return "ContainerCreating";
  return pod.status?.phase ?? "Unknown";
}

/** The RESTARTS column: how often, and how long ago the last one was. */
export function podRestarts(pod: Pod, nowMs: number): string {
  const statuses = pod.status?.containerStatuses ?? [];
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  const last = statuses
    .map(({ lastState }) => lastState.terminated?.finishedAt ?? "")
    .toSorted()
    .at(-1);
  return restarts === 0 || last === undefined || last === ""
    ? String(restarts)
    : `${restarts} (${ageOf(last, nowMs)} ago)`;
}
