import { parseCpuMillis, parseMemoryBytes, parseQuantity } from "./quantity.ts";
import type { ContainerResources, ContainerSpec, Pod, ResourceList } from "./workload-types.ts";

export type Amount = { cpuMillis: number; memoryBytes: number };

export const cpuOf = (list: ResourceList | undefined): number | null =>
  list?.["cpu"] === undefined ? null : parseCpuMillis(list["cpu"]);

export const memoryOf = (list: ResourceList | undefined): number | null =>
  list?.["memory"] === undefined ? null : parseMemoryBytes(list["memory"]);

export const amountOf = (list: ResourceList | undefined): Amount => ({
  cpuMillis: cpuOf(list) ?? 0,
  memoryBytes: memoryOf(list) ?? 0,
});

const sum = (left: Amount, right: Amount): Amount => ({
  cpuMillis: left.cpuMillis + right.cpuMillis,
  memoryBytes: left.memoryBytes + right.memoryBytes,
});

const peak = (left: Amount, right: Amount): Amount => ({
  cpuMillis: Math.max(left.cpuMillis, right.cpuMillis),
  memoryBytes: Math.max(left.memoryBytes, right.memoryBytes),
});

export const noAmount: Amount = { cpuMillis: 0, memoryBytes: 0 };

export const isSidecar = (container: ContainerSpec): boolean =>
  container.restartPolicy === "Always";

/** What a pod asks of its node: containers and sidecars together, or the init peak if larger. */
export function podRequest(pod: Pod): Amount {
  const requests = (container: ContainerSpec): Amount => amountOf(container.resources?.requests);
  const init = pod.spec.initContainers ?? [];
  const running = [...pod.spec.containers, ...init.filter(isSidecar)].map(requests);
  return peak(
    running.reduce(sum, noAmount),
    init
      .filter((container) => !isSidecar(container))
      .map(requests)
      .reduce(peak, noAmount),
  );
}

/** What the kubelet has set aside for a pod: allocated where it says so, else the request. */
export function podAllocated(pod: Pod): Amount {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const statuses = [...containerStatuses, ...initContainerStatuses];
  const running = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)];
  const amounts = running.map((container) => {
    const status = statuses.find(({ name }) => name === container.name);
    return amountOf(status?.allocatedResources ?? container.resources?.requests);
  });
  const total = amounts.reduce(sum, noAmount);
  return statuses.some((status) => status.allocatedResources !== undefined)
    ? total
    : podRequest(pod);
}

export const isFinished = (pod: Pod): boolean =>
  pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

/** Kubernetes' `ComputePodQOS`: only cpu and memory count, zero quantities do not. */
export function qosClassOf(containers: readonly ContainerSpec[]): QosClass {
  const positive = (value: unknown): number => parseQuantity(value) ?? 0;
  let anything = false;
  let guaranteed = true;
  for (const { resources } of containers) {
    for (const resource of ["cpu", "memory"]) {
      const request = positive(resources?.requests?.[resource]);
      const limit = positive(resources?.limits?.[resource]);
      if (request > 0 || limit > 0) anything = true;
      if (limit === 0 || (request !== limit && resources?.requests?.[resource] !== undefined)) {
        guaranteed = false;
      }
    }
  }
  if (!anything) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

/** Requests and limits in the canonical form; `asRequests`: a limit without a request is its own. */
export function normalResources(
  resources: ContainerResources | null | undefined,
  canonical: (resource: string, text: unknown) => unknown,
  asRequests: boolean,
): ContainerResources {
  const normal = (list: ResourceList | null | undefined): ResourceList | undefined =>
    list === undefined || list === null
      ? undefined
      : Object.fromEntries(
          Object.entries(list).map(([resource, text]) => {
            const value = canonical(resource, text);
            return [resource, typeof value === "number" ? value : String(value)];
          }),
        );
  const limits = normal(resources?.limits);
  const requests =
    limits === undefined || !asRequests
      ? normal(resources?.requests)
      : {
          ...limits,
          ...normal(resources?.requests),
        };
  return {
    ...resources,
    ...(limits === undefined ? {} : { limits }),
    ...(requests === undefined ? {} : { requests }),
  };
}
