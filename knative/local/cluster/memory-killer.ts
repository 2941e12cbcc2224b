import type { KubeletDesk } from "./kubelet-desk.ts";
import { readiness, restarted } from "./pod-status.ts";
import { pods } from "./resources.ts";
import type { ContainerStatus, Pod } from "./workload-types.ts";

/** The first crash restarts at once; then 10 s, doubled each time, five minutes at most. */
const backOffMs = (restarts: number): number =>
  restarts === 0 ? 0 : Math.min(300_000, 10_000 * 2 ** (restarts - 1));

/** Kills containers that are over their memory limit, and starts them again with a back-off. */
export class MemoryKiller {
  readonly #desk: KubeletDesk;

  constructor(desk: KubeletDesk) {
    this.#desk = desk;
  }

  /** One look at a pod under load. */
  sweep(pod: Pod): void {
    for (const { name } of pod.spec.containers) {
      if (this.#desk.parts.usage.isOverMemory(pod, name)) this.#kill(pod, name);
    }
  }

  #kill(seen: Pod, name: string): void {
    const { store, usage } = this.#desk.parts;
    const pod = store.get(pods, seen.metadata.namespace, seen.metadata.name) as Pod | undefined;
    const status = pod?.status;
    const container = status?.containerStatuses?.find((entry) => entry.name === name);
    if (pod === undefined || status === undefined || container === undefined) return;
    usage.settle(pod);
    const time = this.#desk.now();
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
      this.#desk.event(written, "Normal", "Started", `Started container ${name}`);
      return;
    }
    this.#desk.event(
      written,
      "Warning",
      "BackOff",
      `Back-off restarting failed container ${name} in pod ${pod.metadata.name}_${pod.metadata.namespace ?? ""}(${pod.metadata.uid ?? ""})`,
    );
    this.#desk.later(written, `restart ${name}`, delayMs, (current) => {
      const waiting = current.status?.containerStatuses?.find((entry) => entry.name === name);
      if (waiting === undefined) return;
      const startedAt = this.#desk.now();
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
      this.#desk.event(again, "Normal", "Started", `Started container ${name}`);
    });
  }

  #writeContainer(pod: Pod, container: ContainerStatus, time: string): Pod {
    const containerStatuses = (pod.status?.containerStatuses ?? []).map((entry) =>
      entry.name === container.name ? container : entry,
    );
    const unready = containerStatuses.filter(({ ready }) => !ready).map(({ name }) => name);
    return this.#desk.write(pod, {
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
