import type { KubeletDesk } from "./kubelet-desk.ts";
import { nodeResize } from "./node-resize.ts";
import { isSidecar, memoryOf } from "./pod-resources.ts";
import { allocatable, restarted, withCondition, withoutCondition } from "./pod-status.ts";
import { isActuated, judgeResize, needsRestart } from "./resize-verdict.ts";
import type { ContainerSpec, ContainerStatus, Pod, PodStatus } from "./workload-types.ts";

/** How long the simulated node takes for each step, in the order of a real one on a fast machine. */
const allocateMs = 15;
const actuateMs = 30;

/** Resizes pods in place: allocates what the node has, then makes the containers run with it. */
export class PodResizer {
  readonly #desk: KubeletDesk;
  /** Pods whose resize waits: Deferred, or an Error. */
  readonly waiting = new Set<string>();

  constructor(desk: KubeletDesk) {
    this.#desk = desk;
  }

  /** Looks at a running pod whose spec may have changed. */
  follow(pod: Pod): void {
    if (isBeingActuated(pod)) return;
    const isNew = needsResize(pod) && !this.waiting.has(pod.metadata.uid ?? "");
    if (isNew || pod.status?.observedGeneration !== pod.metadata.generation) {
      this.#desk.later(pod, "resize", allocateMs, (current) => this.#allocate(current));
    }
  }

  /** Tries again what waits. */
  retry(pod: Pod): void {
    if (isBeingActuated(pod)) this.#actuate(pod);
    else this.#allocate(pod);
  }

  #allocate(pod: Pod): void {
    const { status } = pod;
    if (status?.containerStatuses === undefined || pod.metadata.deletionTimestamp !== undefined)
      return;
    const uid = pod.metadata.uid ?? "";
    if (nodeResize(this.#desk.node(pod)) === "ignored") return;
    const observedGeneration = pod.metadata.generation ?? 1;
    if (!needsResize(pod)) {
      this.waiting.delete(uid);
      const conditions = withoutCondition(
        status.conditions,
        "PodResizePending",
        "PodResizeInProgress",
      );
      this.#desk.write(pod, { ...status, observedGeneration, conditions });
      return;
    }
    const others = this.#desk.parts.ledger.used(pod.spec.nodeName ?? "", pod);
    const verdict = judgeResize(pod, this.#desk.node(pod), others);
    const time = this.#desk.now();
    if (verdict.kind !== "fits") {
      this.waiting.add(uid);
      const reason = verdict.kind === "infeasible" ? "Infeasible" : "Deferred";
      const known = status.conditions?.find(({ type }) => type === "PodResizePending");
      if (known?.message === verdict.message && known.observedGeneration === observedGeneration)
        return;
      const conditions = withCondition(withoutCondition(status.conditions, "PodResizeInProgress"), {
        type: "PodResizePending",
        status: "True",
        reason,
        message: verdict.message,
        observedGeneration,
        lastProbeTime: null,
        lastTransitionTime: time,
      });
      const written = this.#desk.write(pod, { ...status, observedGeneration, conditions });
      if (known?.reason !== reason || known.observedGeneration !== observedGeneration) {
        this.#desk.event(
          written,
          "Warning",
          `Resize${reason}`,
          `Pod resize ${reason}: ${resizeJson(pod, verdict.message)}`,
        );
      }
      return;
    }
    this.waiting.delete(uid);
    const written = this.#desk.write(pod, {
      ...status,
      observedGeneration,
      conditions: withCondition(withoutCondition(status.conditions, "PodResizePending"), {
        type: "PodResizeInProgress",
        status: "True",
        observedGeneration,
        lastProbeTime: null,
        lastTransitionTime: time,
      }),
      ...mapStatuses(pod, (spec, container) => {
        const allocated = allocatable(spec.resources?.requests);
        return Object.keys(allocated).length === 0
          ? container
          : { ...container, allocatedResources: allocated };
      }),
    });
    this.#desk.event(written, "Normal", "ResizeStarted", `Pod resize started: ${resizeJson(pod)}`);
    this.#desk.later(written, "actuate", actuateMs, (current) => this.#actuate(current));
  }

  #actuate(pod: Pod): void {
    const { status } = pod;
    if (status?.containerStatuses === undefined || pod.metadata.deletionTimestamp !== undefined)
      return;
    if (status.observedGeneration !== pod.metadata.generation) {
      this.#desk.later(pod, "resize", allocateMs, (current) => this.#allocate(current));
      return;
    }
    const { usage } = this.#desk.parts;
    usage.settle(pod);
    if (nodeResize(this.#desk.node(pod)) === "error") {
      this.#refuse(pod, "failed to resize container: the container runtime did not answer");
      return;
    }
    const tooSmall = pod.spec.containers.find((container) => {
      const limitBytes = memoryOf(container.resources?.limits);
      return limitBytes !== null && usage.of(pod, container.name).memoryBytes > limitBytes;
    });
    const running = status.containerStatuses.find(({ name }) => name === tooSmall?.name);
    if (tooSmall !== undefined && !(running !== undefined && needsRestart(tooSmall, running))) {
      this.#refuse(
        pod,
        `failed to resize container ${tooSmall.name}: attempting to set pod memory limit below current usage`,
      );
      return;
    }
    this.waiting.delete(pod.metadata.uid ?? "");
    const time = this.#desk.now();
    const written = this.#desk.write(pod, {
      ...status,
      conditions: withoutCondition(status.conditions, "PodResizeInProgress", "PodResizePending"),
      ...mapStatuses(pod, (spec, container) => {
        const actual = { ...container, resources: structuredClone(spec.resources ?? {}) };
        return needsRestart(spec, container) ? restarted(actual, "Completed", 0, time) : actual;
      }),
    });
    this.#desk.event(
      written,
      "Normal",
      "ResizeCompleted",
      `Pod resize completed: ${resizeJson(pod)}`,
    );
  }

  /** The kubelet leaves the containers as they are, a limit below what is in use too, and tries again. */
  #refuse(pod: Pod, message: string): void {
    this.waiting.add(pod.metadata.uid ?? "");
    const known = pod.status?.conditions?.find(({ type }) => type === "PodResizeInProgress");
    if (known?.reason === "Error") return;
    const written = this.#desk.write(pod, {
      ...pod.status,
      conditions: withCondition(pod.status?.conditions, {
        type: "PodResizeInProgress",
        status: "True",
        reason: "Error",
        message,
        observedGeneration: pod.metadata.generation ?? 1,
        lastProbeTime: null,
        lastTransitionTime: this.#desk.now(),
      }),
    });
    this.#desk.event(
      written,
      "Warning",
      "ResizeError",
      `Pod resize error: ${resizeJson(pod, message)}`,
    );
  }
}

/** Allocated in this generation: the actuation is on its way, or is tried again by the sweep. */
const isBeingActuated = (pod: Pod): boolean =>
  pod.status?.conditions?.some(
    ({ type, observedGeneration }) =>
      type === "PodResizeInProgress" && observedGeneration === pod.metadata.generation,
  ) === true;

/** The status of each container and sidecar, as `change` makes it of its spec. */
function mapStatuses(
  { spec, status }: Pod,
  change: (spec: ContainerSpec, status: ContainerStatus) => ContainerStatus,
): Pick<PodStatus, "containerStatuses" | "initContainerStatuses"> {
  const map = (
    containers: readonly ContainerSpec[],
    statuses: readonly ContainerStatus[],
  ): ContainerStatus[] =>
    statuses.map((entry) => {
      const found = containers.find(({ name }) => name === entry.name);
      return found === undefined ? entry : change(found, entry);
    });
  const sidecars = (spec.initContainers ?? []).filter(isSidecar);
  return {
    containerStatuses: map(spec.containers, status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses === undefined
      ? {}
      : { initContainerStatuses: map(sidecars, status.initContainerStatuses) }),
  };
}

function needsResize({ spec, status }: Pod): boolean {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)].some(
    (container) => {
      const known = statuses.find(({ name }) => name === container.name);
      // A kubelet that cannot resize says nothing of resources, and has nothing to do.
      return known?.resources !== undefined && !isActuated(container, known);
    },
  );
}

function resizeJson(pod: Pod, error?: string): string {
  return JSON.stringify({
    containers: pod.spec.containers.map(({ name, resources }) => ({ name, resources })),
    generation: pod.metadata.generation,
    ...(error === undefined ? {} : { error }),
  });
}
