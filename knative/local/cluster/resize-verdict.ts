import { amountOf, podRequest } from "./pod-resources.ts";
import type { Amount } from "./pod-resources.ts";
import type { ContainerSpec, ContainerStatus, Node, Pod } from "./workload-types.ts";

export type Verdict =
  | { kind: "fits" }
  | { kind: "infeasible"; message: string }
  | { kind: "deferred"; message: string };

/**
 * Whether the node can give the pod what it asks for, in the words of the kubelet
 * (`canResizePod` in pkg/kubelet/allocation). `others` is what the node's other pods have.
 */
export function judgeResize(pod: Pod, node: Node | undefined, others: Amount): Verdict {
  const wanted = podRequest(pod);
  const capacity = amountOf(node?.status?.allocatable);
  const rows = [
    ["cpu", wanted.cpuMillis, others.cpuMillis, capacity.cpuMillis],
    ["memory", wanted.memoryBytes, others.memoryBytes, capacity.memoryBytes],
  ] as const;
  for (const [resource, requested, , total] of rows) {
    if (requested > total) {
      return {
        kind: "infeasible",
        message: `Node didn't have enough capacity: ${resource}, requested: ${requested}, capacity: ${total}`,
      };
    }
  }
  for (const [resource, requested, used, total] of rows) {
    if (used + requested > total) {
      return {
        kind: "deferred",
        message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${total}`,
      };
    }
  }
  return { kind: "fits" };
}

const sameAmount = (left: Amount, right: Amount): boolean =>
  left.cpuMillis === right.cpuMillis && left.memoryBytes === right.memoryBytes;

/** The container runs with exactly what its spec asks for. */
export function isActuated(container: ContainerSpec, status: ContainerStatus): boolean {
  return (
    sameAmount(amountOf(container.resources?.requests), amountOf(status.resources?.requests)) &&
    sameAmount(amountOf(container.resources?.limits), amountOf(status.resources?.limits))
  );
}

/** Whether a change of resources restarts the container by its resize policy. */
export function needsRestart(container: ContainerSpec, status: ContainerStatus): boolean {
  const before = [amountOf(status.resources?.requests), amountOf(status.resources?.limits)];
  const after = [amountOf(container.resources?.requests), amountOf(container.resources?.limits)];
  return (container.resizePolicy ?? []).some(({ resourceName, restartPolicy }) => {
    const field = resourceName === "cpu" ? "cpuMillis" : "memoryBytes";
    return (
      restartPolicy === "RestartContainer" &&
      before.some((amount, index) => amount[field] !== after[index]?.[field])
    );
  });
}
