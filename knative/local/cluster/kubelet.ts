import { toTime } from "./clock.ts";
import type { Clock } from "./clock.ts";
import type { RecordEvent } from "./cluster-events.ts";
import { at } from "./kube-object.ts";
import type { NodeLedger } from "./node-ledger.ts";
import { nodeResize } from "./node-resize.ts";
import { isFinished, memoryOf } from "./pod-resources.ts";
import {
  allocatable,
  readiness,
  runningStatus,
  withCondition,
  withoutCondition,
} from "./pod-status.ts";
import { isActuated, judgeResize, needsRestart } from "./resize-verdict.ts";
import { nodes, pods } from "./resources.ts";
import type { Change, Store } from "./store.ts";
import type { Usage } from "./usage.ts";
import type { ContainerStatus, Node, Pod, PodStatus } from "./workload-types.ts";

/** How long the simulated node takes for each step, in the order of a real one on a fast machine. */
const startMs = 80;
const terminateMs = 120;
const allocateMs = 15;
const actuateMs = 30;
/** How often memory is looked at and waiting resizes are tried again. */
const sweepMs = 500;
/** The first crash restarts at once; then 10 s, doubled each time, five minutes at most. */
const backOffMs = (restarts: number): number =>
  restarts === 0 ? 0 : Math.min(300_000, 10_000 * 2 ** (restarts - 1));

type Parts = {
  store: Store;
  clock: Clock;
  record: RecordEvent;
  usage: Usage;
  ledger: NodeLedger;
};

/** The kubelets of all nodes: starts, resizes, kills and removes the containers of pods. */
export class Kubelet {
  readonly #parts: Parts;
  readonly #pending = new Map<string, () => void>();
  readonly #loaded = new Map<string, Pod>();
  /** Pods whose resize waits: Deferred, or an Error while lowering memory. */
  readonly #waiting = new Set<string>();
  /** While true pods start in the moment they are seen. */
  instant = false;
  #nextIp = 2;
  #stopSweep: () => void = () => undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.store.subscribe((change) => this.#follow(change));
    this.#sweepLater();
  }

  close(): void {
    this.#stopSweep();
    for (const cancel of this.#pending.values()) cancel();
    this.#pending.clear();
  }

  #follow({ type, resource, object }: Change): void {
    if (resource.storage !== pods.storage) return;
    const pod = object as Pod;
    const uid = pod.metadata.uid ?? "";
    if (type === "DELETED") {
      this.#cancel(uid);
      this.#loaded.delete(uid);
      this.#waiting.delete(uid);
      this.#parts.usage.forget(pod);
      return;
    }
    if (this.#parts.usage.hasLoad(pod)) this.#loaded.set(uid, pod);
    else this.#loaded.delete(uid);
    this.#sync(pod);
  }

  #sync(pod: Pod): void {
    if (pod.spec.nodeName === undefined || isFinished(pod)) return;
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#later(pod, "stop", terminateMs, (current) => {
        if (hasFinalizers(current)) return;
        this.#parts.store.remove(pods, current.metadata.namespace, current.metadata.name);
      });
    } else if (pod.status?.containerStatuses === undefined) {
      if (this.instant) this.#start(pod);
      else this.#later(pod, "start", startMs, (current) => this.#start(current));
    } else if (isBeingActuated(pod)) {
      return;
    } else if (needsResize(pod) && !this.#waiting.has(pod.metadata.uid ?? "")) {
      this.#later(pod, "resize", allocateMs, (current) => this.#allocate(current));
    } else if (pod.status.observedGeneration !== pod.metadata.generation) {
      this.#later(pod, "resize", allocateMs, (current) => this.#allocate(current));
    }
  }

  /** One step at a time per pod: a later wish finds the pod as it is then. */
  #later(pod: Pod, step: string, delayMs: number, run: (current: Pod) => void): void {
    const uid = pod.metadata.uid ?? "";
    const id = `${uid}/${step}`;
    if (this.#pending.has(id)) return;
    const { metadata } = pod;
    this.#pending.set(
      id,
      this.#parts.clock.after(delayMs, () => {
        this.#pending.delete(id);
        const current = this.#parts.store.get(pods, metadata.namespace, metadata.name);
        if (current !== undefined && current.metadata.uid === uid) run(current as Pod);
      }),
    );
  }

  #cancel(uid: string): void {
    for (const [id, cancel] of this.#pending) {
      if (!id.startsWith(`${uid}/`)) continue;
      cancel();
      this.#pending.delete(id);
    }
  }

  #now(): string {
    return toTime(this.#parts.clock.nowMs());
  }

  #write(pod: Pod, status: PodStatus): Pod {
    return this.#parts.store.update(pods, { ...pod, status }) as Pod;
  }

  #start(pod: Pod): void {
    if (pod.status?.containerStatuses !== undefined) return;
    const node = this.#node(pod);
    const addresses = at(node, "status", "addresses");
    const hostIp = Array.isArray(addresses) ? String(at(addresses[0], "address")) : "192.168.49.2";
    const index = this.#nextIp++;
    const podIp = `10.244.${(index >>> 8) % 256}.${index % 256}`;
    const time = this.instant ? (pod.metadata.creationTimestamp ?? this.#now()) : this.#now();
    const canResize = nodeResize(node) !== "unsupported";
    this.#write(pod, runningStatus(pod, time, podIp, hostIp, canResize));
    if (this.instant) return;
    for (const { name, image } of pod.spec.containers) {
      this.#event(
        pod,
        "Normal",
        "Pulled",
        `Container image "${image ?? ""}" already present on machine`,
      );
      this.#event(pod, "Normal", "Created", `Created container: ${name}`);
      this.#event(pod, "Normal", "Started", `Started container ${name}`);
    }
  }

  #node(pod: Pod): Node | undefined {
    return this.#parts.store.get(nodes, undefined, pod.spec.nodeName ?? "") as Node | undefined;
  }

  #event(pod: Pod, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#parts.record(pod, type, reason, message, "kubelet");
  }

  #allocate(pod: Pod): void {
    const { status } = pod;
    if (status?.containerStatuses === undefined || pod.metadata.deletionTimestamp !== undefined)
      return;
    const uid = pod.metadata.uid ?? "";
    if (nodeResize(this.#node(pod)) === "ignored") return;
    const observedGeneration = pod.metadata.generation ?? 1;
    if (!needsResize(pod)) {
      this.#waiting.delete(uid);
      const conditions = withoutCondition(
        status.conditions,
        "PodResizePending",
        "PodResizeInProgress",
      );
      this.#write(pod, { ...status, observedGeneration, conditions });
      return;
    }
    const others = this.#parts.ledger.used(pod.spec.nodeName ?? "", pod);
    const verdict = judgeResize(pod, this.#node(pod), others);
    const time = this.#now();
    if (verdict.kind !== "fits") {
      this.#waiting.add(uid);
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
      const written = this.#write(pod, { ...status, observedGeneration, conditions });
      if (known?.reason !== reason || known.observedGeneration !== observedGeneration) {
        this.#event(
          written,
          "Warning",
          `Resize${reason}`,
          `Pod resize ${reason}: ${resizeJson(pod, verdict.message)}`,
        );
      }
      return;
    }
    this.#waiting.delete(uid);
    const written = this.#write(pod, {
      ...status,
      observedGeneration,
      conditions: withCondition(withoutCondition(status.conditions, "PodResizePending"), {
        type: "PodResizeInProgress",
        status: "True",
        observedGeneration,
        lastProbeTime: null,
        lastTransitionTime: time,
      }),
      containerStatuses: status.containerStatuses.map((container) => {
        const spec = pod.spec.containers.find(({ name }) => name === container.name);
        const allocated = allocatable(spec?.resources?.requests);
        return Object.keys(allocated).length === 0
          ? container
          : { ...container, allocatedResources: allocated };
      }),
    });
    this.#event(written, "Normal", "ResizeStarted", `Pod resize started: ${resizeJson(pod)}`);
    this.#later(written, "actuate", actuateMs, (current) => this.#actuate(current));
  }

  #actuate(pod: Pod): void {
    const { status } = pod;
    if (status?.containerStatuses === undefined || pod.metadata.deletionTimestamp !== undefined)
      return;
    if (status.observedGeneration !== pod.metadata.generation) {
      this.#later(pod, "resize", allocateMs, (current) => this.#allocate(current));
      return;
    }
    const { usage } = this.#parts;
    usage.settle(pod);
    if (nodeResize(this.#node(pod)) === "error") {
      this.#refuse(pod, "failed to resize container: the container runtime did not answer");
      return;
    }
    const tooSmall = pod.spec.containers.find((container) => {
      const limitBytes = memoryOf(container.resources?.limits);
      return limitBytes !== null && usage.of(pod, container.name).memoryBytes > limitBytes;
    });
    const restarts = (name: string): boolean => {
      const spec = pod.spec.containers.find((container) => container.name === name);
      const container = status.containerStatuses?.find((entry) => entry.name === name);
      return spec !== undefined && container !== undefined && needsRestart(spec, container);
    };
    if (tooSmall !== undefined && !restarts(tooSmall.name)) {
      this.#refuse(
        pod,
        `failed to resize container ${tooSmall.name}: attempting to set pod memory limit below current usage`,
      );
      return;
    }
    this.#waiting.delete(pod.metadata.uid ?? "");
    const time = this.#now();
    const written = this.#write(pod, {
      ...status,
      conditions: withoutCondition(status.conditions, "PodResizeInProgress", "PodResizePending"),
      containerStatuses: status.containerStatuses.map((container) => {
        const spec = pod.spec.containers.find(({ name }) => name === container.name);
        const actual = { ...container, resources: structuredClone(spec?.resources ?? {}) };
        return restarts(container.name) ? restarted(actual, "Completed", 0, time) : actual;
      }),
    });
    this.#event(written, "Normal", "ResizeCompleted", `Pod resize completed: ${resizeJson(pod)}`);
  }

  /** The kubelet leaves the containers as they are, a limit below what is in use too, and tries again. */
  #refuse(pod: Pod, message: string): void {
    this.#waiting.add(pod.metadata.uid ?? "");
    const known = pod.status?.conditions?.find(({ type }) => type === "PodResizeInProgress");
    if (known?.reason === "Error") return;
    const written = this.#write(pod, {
      ...pod.status,
      conditions: withCondition(pod.status?.conditions, {
        type: "PodResizeInProgress",
        status: "True",
        reason: "Error",
        message,
        observedGeneration: pod.metadata.generation ?? 1,
        lastProbeTime: null,
        lastTransitionTime: this.#now(),
      }),
    });
    this.#event(written, "Warning", "ResizeError", `Pod resize error: ${resizeJson(pod, message)}`);
  }

  #sweepLater(): void {
    this.#stopSweep = this.#parts.clock.after(sweepMs, () => {
      this.sweep();
      this.#sweepLater();
    });
  }

  /** One look at every pod under load, and at every resize that waits. */
  sweep(): void {
    for (const pod of this.#loaded.values()) {
      for (const { name } of pod.spec.containers) {
        if (this.#parts.usage.isOverMemory(pod, name)) this.#killForMemory(pod, name);
      }
    }
    for (const uid of this.#waiting) {
      const pod = this.#byUid(uid);
      if (pod === undefined) this.#waiting.delete(uid);
      else if (isBeingActuated(pod)) this.#actuate(pod);
      else this.#allocate(pod);
    }
  }

  #byUid(uid: string): Pod | undefined {
    const known = this.#loaded.get(uid);
    if (known !== undefined) return known;
    return this.#parts.store.objects(pods).find(({ metadata }) => metadata.uid === uid) as
      | Pod
      | undefined;
  }

  #killForMemory(seen: Pod, name: string): void {
    const { store, usage } = this.#parts;
    const pod = store.get(pods, seen.metadata.namespace, seen.metadata.name) as Pod | undefined;
    const status = pod?.status;
    const container = status?.containerStatuses?.find((entry) => entry.name === name);
    if (pod === undefined || status === undefined || container === undefined) return;
    usage.settle(pod);
    const time = this.#now();
    const delayMs = backOffMs(container.restartCount);
    const killed = restarted(container, "OOMKilled", 137, time);
    const next: ContainerStatus =
      delayMs === 0
        ? killed
        : {
            ...killed,
            ready: false,
            started: false,
            restartCount: container.restartCount,
            state: {
              waiting: {
                reason: "CrashLoopBackOff",
                message: `back-off ${delayMs / 1000}s restarting failed container=${name} pod=${pod.metadata.name}_${pod.metadata.namespace ?? ""}(${pod.metadata.uid ?? ""})`,
              },
            },
          };
    const written = this.#writeContainer(pod, next, time);
    if (delayMs === 0) {
      this.#event(written, "Normal", "Started", `Started container ${name}`);
      return;
    }
    this.#event(
      written,
      "Warning",
      "BackOff",
      `Back-off restarting failed container ${name} in pod ${pod.metadata.name}_${pod.metadata.namespace ?? ""}(${pod.metadata.uid ?? ""})`,
    );
    this.#later(written, `restart ${name}`, delayMs, (current) => {
      const waiting = current.status?.containerStatuses?.find((entry) => entry.name === name);
      if (waiting === undefined) return;
      const startedAt = this.#now();
      const again = this.#writeContainer(
        current,
        {
          ...waiting,
          ready: true,
          started: true,
          restartCount: waiting.restartCount + 1,
          state: { running: { startedAt } },
        },
        startedAt,
      );
      this.#event(again, "Normal", "Started", `Started container ${name}`);
    });
  }

  #writeContainer(pod: Pod, container: ContainerStatus, time: string): Pod {
    const containerStatuses = (pod.status?.containerStatuses ?? []).map((entry) =>
      entry.name === container.name ? container : entry,
    );
    const unready = containerStatuses.filter(({ ready }) => !ready).map(({ name }) => name);
    return this.#write(pod, {
      ...pod.status,
      containerStatuses,
      conditions: readiness(
        pod.status?.conditions,
        unready.length === 0,
        unready,
        time,
        pod.metadata.generation,
      ),
    });
  }
}

const hasFinalizers = (pod: Pod): boolean => {
  const finalizers = pod.metadata["finalizers"];
  return Array.isArray(finalizers) && finalizers.length > 0;
};

/** Allocated in this generation: the actuation is on its way, or is tried again by the sweep. */
const isBeingActuated = (pod: Pod): boolean =>
  pod.status?.conditions?.some(
    ({ type, observedGeneration }) =>
      type === "PodResizeInProgress" && observedGeneration === pod.metadata.generation,
  ) === true;

const needsResize = (pod: Pod): boolean =>
  pod.spec.containers.some((container) => {
    const status = pod.status?.containerStatuses?.find(({ name }) => name === container.name);
    // A kubelet that cannot resize says nothing of resources, and has nothing to do.
    return status?.resources !== undefined && !isActuated(container, status);
  });

function restarted(
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

function resizeJson(pod: Pod, error?: string): string {
  return JSON.stringify({
    containers: pod.spec.containers.map(({ name, resources }) => ({ name, resources })),
    generation: pod.metadata.generation,
    ...(error === undefined ? {} : { error }),
  });
}
