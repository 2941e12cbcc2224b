import { createHash } from "node:crypto";
import { amountOf, qosClassOf } from "./pod-resources.ts";
import type {
  Condition,
  ContainerSpec,
  ContainerStatus,
  Pod,
  PodStatus,
  ResourceList,
} from "./workload-types.ts";

/** `conditions` with `condition` in the place of the one of its type. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
): Condition[] {
  const old = conditions?.find(({ type }) => type === condition.type);
  const lastTransitionTime =
    old?.status === condition.status ? old.lastTransitionTime : condition.lastTransitionTime;
  return [
    ...withoutCondition(conditions, condition.type),
    { ...condition, ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }) },
  ];
}

export const withoutCondition = (
  conditions: readonly Condition[] | undefined,
  ...types: string[]
): Condition[] => (conditions ?? []).filter(({ type }) => !types.includes(type));

export const isReady = (pod: Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ===
  true;

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** CPU and memory of a request: what the kubelet allocates. */
export const allocatable = (list: ResourceList | undefined): ResourceList =>
  Object.fromEntries(
    Object.entries(list ?? {}).filter(([resource]) => resource === "cpu" || resource === "memory"),
  );

function startedContainer(
  container: ContainerSpec,
  uid: string,
  time: string,
  canResize: boolean,
): ContainerStatus {
  const image = container.image ?? "";
  const hasRequests = amountOf(container.resources?.requests);
  const allocated = allocatable(container.resources?.requests);
  return {
    name: container.name,
    image,
    imageID: `${image.split(":")[0] ?? ""}@sha256:${digest(image)}`,
    containerID: `containerd://${digest(`${uid}/${container.name}`)}`,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: time } },
    lastState: {},
    ...(!canResize || hasRequests.cpuMillis + hasRequests.memoryBytes === 0
      ? {}
      : { allocatedResources: allocated }),
    ...(canResize ? { resources: structuredClone(container.resources ?? {}) } : {}),
  };
}

/** The conditions that follow from whether every container is ready. */
export function readiness(
  conditions: readonly Condition[] | undefined,
  ready: boolean,
  names: readonly string[],
  time: string,
  generation: number | undefined,
): Condition[] {
  return ["Ready", "ContainersReady"].reduce<Condition[]>(
    (all, type) =>
      withCondition(all, {
        type,
        status: ready ? "True" : "False",
        ...(ready
          ? {}
          : {
              reason: "ContainersNotReady",
              message: `containers with unready status: [${names.join(" ")}]`,
            }),
        ...(generation === undefined ? {} : { observedGeneration: generation }),
        lastProbeTime: null,
        lastTransitionTime: time,
      }),
    [...(conditions ?? [])],
  );
}

/**
 * The status of a pod whose containers have all started. A kubelet that cannot resize does not say
 * what a container was given.
 */
export function runningStatus(
  pod: Pod,
  time: string,
  podIp: string,
  hostIp: string,
  canResize: boolean,
): PodStatus {
  const { generation } = pod.metadata;
  const plain = ["PodReadyToStartContainers", "Initialized", "PodScheduled"].reduce<Condition[]>(
    (all, type) =>
      withCondition(all, {
        type,
        status: "True",
        ...(generation === undefined ? {} : { observedGeneration: generation }),
        lastProbeTime: null,
        lastTransitionTime: time,
      }),
    [],
  );
  const init = pod.spec.initContainers?.map((container) => ({
    ...startedContainer(container, pod.metadata.uid ?? "", time, canResize),
    ...(container.restartPolicy === "Always"
      ? {}
      : {
          started: false,
          state: {
            terminated: { reason: "Completed", exitCode: 0, startedAt: time, finishedAt: time },
          },
        }),
  }));
  return {
    ...pod.status,
    phase: "Running",
    qosClass: qosClassOf(pod.spec.containers),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: readiness(plain, true, [], time, generation),
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    startTime: time,
    containerStatuses: pod.spec.containers.map((container) =>
      startedContainer(container, pod.metadata.uid ?? "", time, canResize),
    ),
    ...(init === undefined ? {} : { initContainerStatuses: init }),
  };
}

/** A container that has ended and was started again at once. */
export function restarted(
  container: ContainerStatus,
  reason: string,
  exitCode: number,
  time: string,
): ContainerStatus {
  const startedAt = container.state.running?.startedAt ?? time;
  return {
    ...container,
    restartCount: container.restartCount + 1,
    lastState: {
      terminated: {
        reason,
        exitCode,
        startedAt,
        finishedAt: time,
        ...(container.containerID === undefined ? {} : { containerID: container.containerID }),
      },
    },
    state: { running: { startedAt: time } },
  };
}
