import { AppError } from "../../../shared/errors.ts";
import type { KubeClient } from "../../../shared/kube/client.ts";
import { pathSegment } from "../../../shared/kube/path.ts";
import { parseCpuMillis, parseMemoryBytes } from "../../../shared/quantity.ts";
import { UsageFault } from "./usage-fault.ts";

/** https://github.com/kubernetes/metrics, v1beta1: what we read of it. */
type PodMetrics = {
  containers?: readonly { name: string; usage?: { cpu?: string; memory?: string } }[];
};

export type Usage = { cpuMillis: number | null; memoryBytes: number | null };

/**
 * What each container of a pod used over the last 15 to 60 s, by name.
 * @throws UsageFault when there is no metrics server, it does not know the pod, or is too slow.
 */
export async function readPodMetrics(
  kube: KubeClient,
  { namespace, name }: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Usage>> {
  try {
    const { containers = [] } = await kube.request<PodMetrics>({
      method: "GET",
      path: `/apis/metrics.k8s.io/v1beta1/namespaces/${pathSegment(namespace)}/pods/${pathSegment(name)}`,
      signal,
    });
    return new Map(
      containers.map(({ name: container, usage }) => [
        container,
        {
          cpuMillis: usage?.cpu === undefined ? null : parseCpuMillis(usage.cpu),
          memoryBytes: usage?.memory === undefined ? null : parseMemoryBytes(usage.memory),
        },
      ]),
    );
  } catch (error) {
    if (signal.aborted) throw new UsageFault("metrics.k8s.io is too slow", { cause: error });
    if (!(error instanceof AppError)) throw error;
    throw new UsageFault(`metrics.k8s.io: ${error.message}`, { cause: error });
  }
}
