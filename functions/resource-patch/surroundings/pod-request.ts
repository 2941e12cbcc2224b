import type { V1Container, V1ContainerStatus, V1Pod } from "@kubernetes/client-node";
import type { Amounts } from "../../../shared/events/surroundings.ts";
import { add, larger, NONE, toAmounts } from "./amounts.ts";

/** The parts of a pod that say what it takes of a node. */
export type Demand = Pick<V1Pod, "spec" | "status">;

/**
 * What the scheduler and the kubelet count for a pod on its node: containers and sidecars together,
 * or the peak while its init containers run, plus the overhead of its runtime class. A container
 * that is being resized counts with the largest of what it asks for, was given and runs with,
 * unless the resize is infeasible.
 * https://github.com/kubernetes/kubernetes/blob/v1.35.0/staging/src/k8s.io/component-helpers/resource/helpers.go
 */
export function podRequest({ spec, status }: Demand): Amounts {
  const isInfeasible = (status?.conditions ?? []).some(
    ({ type, status: state, reason }) =>
      type === "PodResizePending" && state === "True" && reason === "Infeasible",
  );
  const of = (container: V1Container, statuses: readonly V1ContainerStatus[] | undefined) => {
    const known = statuses?.find(({ name }) => name === container.name);
    const asked = toAmounts(container.resources?.requests);
    if (known === undefined || (!known.allocatedResources && !known.resources)) return asked;
    const given = larger(toAmounts(known.allocatedResources), toAmounts(known.resources?.requests));
    return isInfeasible ? given : larger(asked, given);
  };
  let running = (spec?.containers ?? [])
    .map((container) => of(container, status?.containerStatuses))
    .reduce(add, NONE);
  let sidecars = NONE;
  let starting = NONE;
  for (const container of spec?.initContainers ?? []) {
    const request = of(container, status?.initContainerStatuses);
    if (container.restartPolicy === "Always") {
      running = add(running, request);
      sidecars = add(sidecars, request);
      starting = larger(starting, sidecars);
    } else starting = larger(starting, add(request, sidecars));
  }
  const whole = spec?.resources?.requests;
  const counted = larger(running, starting);
  const asked =
    whole === undefined
      ? counted
      : {
          cpuMillis: whole["cpu"] === undefined ? counted.cpuMillis : toAmounts(whole).cpuMillis,
          memoryBytes:
            whole["memory"] === undefined ? counted.memoryBytes : toAmounts(whole).memoryBytes,
        };
  return add(asked, toAmounts(spec?.overhead));
}

/** Ended: nothing is counted for it, and its room is free. */
export function isOver({ status }: Demand): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
