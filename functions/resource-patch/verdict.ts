import type { ContainerChange } from "../../shared/events/change.ts";
import type { Resource } from "../../shared/policy-schema.ts";
import { parseCpuMillis, parseMemoryBytes } from "../../shared/quantity.ts";
import type { Pod } from "./pod-facts.ts";

/** What the kubelet has said of a resize so far. `working`: nothing final. */
export type Verdict = {
  kind: "applied" | "deferred" | "infeasible" | "error" | "working";
  reason: string;
};

/** systemd rounds CPU quota to 10 ms steps (kubernetes/kubernetes#129357). */
const CPU_TOLERANCE_MILLIS = 10;

/**
 * Reads the verdict from the status of a pod. Conditions that are older than `generation`, which is
 * that of the answer to our patch, are about something else.
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/1287-in-place-update-pod-resources
 */
export function verdictOf(
  pod: Pod,
  resource: Resource,
  changes: readonly ContainerChange[],
  generation: number,
): Verdict {
  const { status } = pod;
  const conditions = (status?.conditions ?? []).filter(
    ({ status: isTrue, observedGeneration }) =>
      isTrue === "True" && (observedGeneration === undefined || observedGeneration >= generation),
  );
  const pending = conditions.find(({ type }) => type === "PodResizePending");
  if (pending?.reason === "Infeasible" || pending?.reason === "Deferred") {
    const kind = pending.reason === "Infeasible" ? "infeasible" : "deferred";
    return { kind, reason: pending.message ?? pending.reason };
  }
  const inProgress = conditions.find(({ type }) => type === "PodResizeInProgress");
  if (inProgress?.reason === "Error") {
    return { kind: "error", reason: inProgress.message ?? "the kubelet reports an error" };
  }
  const hasSeen =
    status?.observedGeneration === undefined || status.observedGeneration >= generation;
  const isDone =
    hasSeen &&
    pending === undefined &&
    inProgress === undefined &&
    changes.every((change) => isActual(pod, resource, change));
  return isDone
    ? { kind: "applied", reason: "the containers run with it" }
    : { kind: "working", reason: "the kubelet is at it" };
}

function isActual({ status }: Pod, resource: Resource, change: ContainerChange): boolean {
  const { container, kind, after } = change;
  const statuses = kind === "sidecar" ? status?.initContainerStatuses : status?.containerStatuses;
  const actual = statuses?.find(({ name }) => name === container)?.resources;
  if (actual === undefined) return false;
  return (
    isNear(actual.requests?.[resource], after.request, resource) &&
    isNear(actual.limits?.[resource], after.limit, resource)
  );
}

/** Quantities are compared by what they are worth: the server writes 2000m as 2. */
function isNear(actual: string | undefined, wanted: string | null, resource: Resource): boolean {
  if (wanted === null) return true;
  if (actual === undefined) return false;
  return resource === "cpu"
    ? Math.abs(parseCpuMillis(actual) - parseCpuMillis(wanted)) <= CPU_TOLERANCE_MILLIS
    : parseMemoryBytes(actual) === parseMemoryBytes(wanted);
}
