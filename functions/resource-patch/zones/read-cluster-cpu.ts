import type { V1Container, V1Node, V1Pod } from "@kubernetes/client-node";
import type { ZoneFacts } from "../../../shared/events/strategy-facts.ts";
import { toAmounts } from "../surroundings/amounts.ts";
import type { Context } from "../context.ts";
import { listItems } from "../surroundings/list-items.ts";
import { isOver } from "../surroundings/pod-request.ts";

type ClusterCpu = Omit<ZoneFacts, "current">;

/** For all Deployments of a review, and for carrying it out; what comes later reads anew. */
const KEEP_MS = 10_000;

/**
 * The CPU of a whole cluster; of each page of 500 nodes or pods only the sums are kept. All that is
 * weighed in one review, told by its time, is weighed against the same cluster, as in the original.
 */
export async function readClusterCpu(
  { kube, recent }: Pick<Context, "kube" | "recent">,
  reviewedAt: string,
): Promise<ClusterCpu> {
  return await recent.read(
    `cpu of the cluster at ${reviewedAt}`,
    async () => {
      const [nodes, limits] = await Promise.all([
        listItems(kube, "/api/v1/nodes", nodeCpuMillis),
        listItems(kube, "/api/v1/pods", limitsCpuMillis),
      ]);
      return {
        limitsCpuMillis: sum(limits),
        allocatableCpuMillis: sum(nodes),
        smallestNodeCpuMillis: nodes.reduce((least, each) => Math.min(least, each), nodes[0] ?? 0),
      };
    },
    KEEP_MS,
  );
}

function nodeCpuMillis({ status }: V1Node): number {
  return toAmounts(status?.allocatable).cpuMillis;
}

/** What runs all the time; a pod that has ended holds no limit. */
function limitsCpuMillis(pod: V1Pod): number {
  if (isOver(pod)) return 0;
  const of = ({ resources }: V1Container) => toAmounts(resources?.limits).cpuMillis;
  const sidecars = (pod.spec?.initContainers ?? []).filter(
    ({ restartPolicy }) => restartPolicy === "Always",
  );
  return sum([...(pod.spec?.containers ?? []), ...sidecars].map(of));
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, each) => total + each, 0);
}
