import { withDefaultsOf } from "./defaults.ts";
import { at, isRecord } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { cpuOf, isSidecar, memoryOf, podRequest } from "./pod-resources.ts";
import { parseQuantity } from "./quantity.ts";
import { limitRanges, pods } from "./resources.ts";
import type { Store } from "./store.ts";
import type { ContainerSpec, Pod, ResourceList } from "./workload-types.ts";

type Type = "Container" | "Pod" | "PersistentVolumeClaim";

type Sizes = { requests: ResourceList; limits: ResourceList };

const listOf = (item: unknown, field: string): ResourceList =>
  Object(at(item, field) ?? {}) as ResourceList;

const itemsOf = (range: KubeObject, type: Type): unknown[] => {
  const limits = at(range, "spec", "limits");
  return (Array.isArray(limits) ? limits : []).filter((item) => at(item, "type") === type);
};

const amount = (value: unknown): number => parseQuantity(value) ?? 0;

/** The faults of one item, in the words of the LimitRanger (plugin/pkg/admission/limitranger). */
function faultsOf(item: unknown, type: Type, { requests, limits }: Sizes): string[] {
  const wrong = (
    rule: string,
    noun: "request" | "limit",
    value: string | number | undefined,
    isWrong: (value: number) => boolean,
  ): string[] =>
    value !== undefined && isWrong(amount(value)) ? [`${rule}, but ${noun} is ${value}`] : [];
  const max = Object.entries(listOf(item, "max")).flatMap(([resource, bound]) => {
    const rule = `maximum ${resource} usage per ${type} is ${bound}`;
    const over = (value: number): boolean => value > amount(bound);
    if (type === "PersistentVolumeClaim") return wrong(rule, "request", requests[resource], over);
    if (limits[resource] === undefined) return [`${rule}.  No limit is specified`];
    return wrong(rule, "limit", limits[resource], over);
  });
  const min = Object.entries(listOf(item, "min")).flatMap(([resource, bound]) => {
    const rule = `minimum ${resource} usage per ${type} is ${bound}`;
    if (requests[resource] === undefined) return [`${rule}.  No request is specified`];
    return wrong(rule, "request", requests[resource], (value) => value < amount(bound));
  });
  const ratio = Object.entries(listOf(item, "maxLimitRequestRatio")).flatMap(
    ([resource, bound]) => {
      const rule = `${resource} max limit to request ratio per ${type} is ${bound}`;
      const request = amount(requests[resource]);
      if (request === 0) return [`${rule}, but no request is specified or request is 0`];
      if (limits[resource] === undefined) return [`${rule}, but no limit is specified`];
      const given = amount(limits[resource]) / request;
      return given > amount(bound) ? [`${rule}, but provided ratio is ${given.toFixed(6)}`] : [];
    },
  );
  return [...min, ...max, ...ratio];
}

const sizesOf = ({ resources }: ContainerSpec): Sizes => ({
  requests: resources?.requests ?? {},
  limits: resources?.limits ?? {},
});

/** Sums of a pod, in thousandths of a core and bytes; a sum with a part missing is missing. */
function podSizes(pod: Pod): Sizes {
  const running = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)];
  const sum = (of: (list: ResourceList | undefined) => number | null): number | undefined => {
    const values = running.map(({ resources }) => of(resources?.limits));
    return values.includes(null)
      ? undefined
      : values.reduce<number>((total, value) => total + (value ?? 0), 0);
  };
  const { cpuMillis, memoryBytes } = podRequest(pod);
  const cpuLimit = sum(cpuOf);
  const memoryLimit = sum(memoryOf);
  return {
    requests: {
      ...(cpuMillis === 0 ? {} : { cpu: `${cpuMillis}m` }),
      ...(memoryBytes === 0 ? {} : { memory: memoryBytes }),
    },
    limits: {
      ...(cpuLimit === undefined ? {} : { cpu: `${cpuLimit}m` }),
      ...(memoryLimit === undefined ? {} : { memory: memoryLimit }),
    },
  };
}

/** What is wrong with a pod by the LimitRanges of its namespace. */
export const podLimitFaults = (store: Store, pod: Pod): string[] =>
  store
    .objects(limitRanges, pod.metadata.namespace)
    .flatMap((range) => [
      ...itemsOf(range, "Container").flatMap((item) =>
        pod.spec.containers.flatMap((container) => faultsOf(item, "Container", sizesOf(container))),
      ),
      ...itemsOf(range, "Pod").flatMap((item) => faultsOf(item, "Pod", podSizes(pod))),
    ]);

/** What is wrong with a claim by the LimitRanges of its namespace. */
export function claimLimitFaults(store: Store, claim: KubeObject): string[] {
  const requests = listOf(at(claim, "spec", "resources"), "requests");
  return store
    .objects(limitRanges, claim.metadata.namespace)
    .flatMap((range) => itemsOf(range, "PersistentVolumeClaim"))
    .flatMap((item) => faultsOf(item, "PersistentVolumeClaim", { requests, limits: {} }));
}

/** What an item says for containers that say nothing: `default` falls back to `max`, and so on. */
function defaultsOf(item: unknown): Sizes {
  const limits = { ...listOf(item, "max"), ...listOf(item, "default") };
  const requests = { ...listOf(item, "min"), ...limits, ...listOf(item, "defaultRequest") };
  return { limits, requests };
}

/** A new pod with the sizes that the LimitRanges of its namespace give to who has none. */
export function withLimitDefaults(store: Store, pod: Pod): Pod {
  const items = store
    .objects(limitRanges, pod.metadata.namespace)
    .flatMap((range) => itemsOf(range, "Container"));
  if (items.length === 0) return pod;
  const fill = (container: ContainerSpec): ContainerSpec =>
    items.map(defaultsOf).reduce<ContainerSpec>(
      (known, { requests, limits }) => ({
        ...known,
        resources: {
          ...known.resources,
          requests: { ...requests, ...known.resources?.requests },
          limits: { ...limits, ...known.resources?.limits },
        },
      }),
      container,
    );
  const { qosClass: _qosClass, ...status } = pod.status ?? {};
  return withDefaultsOf(
    {
      ...pod,
      spec: {
        ...pod.spec,
        containers: pod.spec.containers.map(fill),
        ...(isRecord(pod.spec.initContainers) || pod.spec.initContainers === undefined
          ? {}
          : { initContainers: pod.spec.initContainers.map(fill) }),
      },
      status,
    },
    pods,
  ) as Pod;
}
