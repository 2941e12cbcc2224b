import type { V1Node } from "@kubernetes/client-node";
import type { Amounts, NodeFacts } from "../../../shared/events/surroundings.ts";
import type { Pod } from "../pod-facts.ts";
import { add, left, NONE, toAmounts } from "./amounts.ts";
import { mayRunOn } from "./placement.ts";

/** What a pod takes of its node. */
export type Taken = { node: string; priority: number; request: Amounts };

/** The pod's own node. `taken` are the pods on it. */
export function nodeFacts(pod: Pod, node: V1Node, taken: readonly Taken[]): NodeFacts {
  const priority = pod.spec?.priority ?? 0;
  const sum = (pods: readonly Taken[]) => pods.map(({ request }) => request).reduce(add, NONE);
  return {
    name: node.metadata?.name ?? "",
    allocatable: toAmounts(node.status?.allocatable),
    requested: sum(taken),
    requestedByLowerPriority: sum(taken.filter((other) => other.priority < priority)),
    isSchedulable: mayRunOn(pod.spec, node),
    pressures: (node.status?.conditions ?? [])
      .filter(({ type, status }) => type.endsWith("Pressure") && status === "True")
      .map(({ type }) => type),
    kubeletVersion: (node.status?.nodeInfo?.kubeletVersion ?? "").replace(/^v/, ""),
  };
}

/** Room on each other node that the pod may run on. */
export function freeElsewhere(
  pod: Pod,
  nodes: readonly V1Node[],
  taken: readonly Taken[],
): Amounts[] {
  const sums = new Map<string, Amounts>();
  for (const { node, request } of taken) sums.set(node, add(sums.get(node) ?? NONE, request));
  return nodes
    .filter((node) => node.metadata?.name !== pod.spec?.nodeName && mayRunOn(pod.spec, node))
    .map((node) =>
      left(toAmounts(node.status?.allocatable), sums.get(node.metadata?.name ?? "") ?? NONE),
    );
}
