import { KubeletDesk } from "./kubelet-desk.ts";
import type { KubeletParts } from "./kubelet-desk.ts";
import { at } from "./kube-object.ts";
import { MemoryKiller } from "./memory-killer.ts";
import { nodeResize } from "./node-resize.ts";
import { isFinished } from "./pod-resources.ts";
import { PodResizer } from "./pod-resizer.ts";
import { runningStatus } from "./pod-status.ts";
import { pods } from "./resources.ts";
import type { Change } from "./change-feed.ts";
import type { Pod } from "./workload-types.ts";

/** How long the simulated node takes, in the order of a real one on a fast machine. */
const startMs = 80;
const terminateMs = 120;
/** How often memory is looked at and waiting resizes are tried again. */
const sweepMs = 500;

/** The kubelets of all nodes: starts, resizes, kills and removes the containers of pods. */
export class Kubelet {
  readonly #parts: KubeletParts;
  readonly #desk: KubeletDesk;
  readonly #resizer: PodResizer;
  readonly #killer: MemoryKiller;
  readonly #loaded = new Map<string, Pod>();
  /** While true pods start in the moment they are seen. */
  instant = false;
  #nextIp = 2;
  #stopSweep: () => void = () => undefined;

  constructor(parts: KubeletParts) {
    this.#parts = parts;
    this.#desk = new KubeletDesk(parts);
    this.#resizer = new PodResizer(this.#desk);
    this.#killer = new MemoryKiller(this.#desk);
    parts.store.subscribe((change) => this.#follow(change));
    this.#sweepLater();
  }

  close(): void {
    this.#stopSweep();
    this.#desk.close();
  }

  #follow({ type, resource, object }: Change): void {
    if (resource.storage !== pods.storage) return;
    const pod = object as Pod;
    const uid = pod.metadata.uid ?? "";
    if (type === "DELETED") {
      this.#desk.cancel(uid);
      this.#loaded.delete(uid);
      this.#resizer.waiting.delete(uid);
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
      this.#desk.later(pod, "stop", terminateMs, (current) => {
        if (hasFinalizers(current)) return;
        this.#parts.store.remove(pods, current.metadata.namespace, current.metadata.name);
      });
    } else if (pod.status?.containerStatuses === undefined) {
      if (this.instant) this.#start(pod);
      else this.#desk.later(pod, "start", startMs, (current) => this.#start(current));
    } else this.#resizer.follow(pod);
  }

  #start(pod: Pod): void {
    if (pod.status?.containerStatuses !== undefined) return;
    const node = this.#desk.node(pod);
    const addresses = at(node, "status", "addresses");
    const hostIp = Array.isArray(addresses) ? String(at(addresses[0], "address")) : "192.168.49.2";
    const index = this.#nextIp++;
    const podIp = `10.244.${(index >>> 8) % 256}.${index % 256}`;
    const time = this.instant
      ? (pod.metadata.creationTimestamp ?? this.#desk.now())
      : this.#desk.now();
    const canResize = nodeResize(node) !== "unsupported";
    this.#desk.write(pod, runningStatus(pod, time, podIp, hostIp, canResize));
    if (this.instant) return;
    for (const { name, image } of pod.spec.containers) {
      this.#desk.event(
        pod,
        "Normal",
        "Pulled",
        `Container image "${image ?? ""}" already present on machine`,
      );
      this.#desk.event(pod, "Normal", "Created", `Created container: ${name}`);
      this.#desk.event(pod, "Normal", "Started", `Started container ${name}`);
    }
  }

  #sweepLater(): void {
    this.#stopSweep = this.#parts.clock.after(sweepMs, () => {
      this.sweep();
      this.#sweepLater();
    });
  }

  /** One look at every pod under load, and at every resize that waits. */
  sweep(): void {
    for (const pod of this.#loaded.values()) this.#killer.sweep(pod);
    const { waiting } = this.#resizer;
    for (const uid of waiting) {
      const pod = this.#byUid(uid);
      if (pod === undefined) waiting.delete(uid);
      else this.#resizer.retry(pod);
    }
  }

  #byUid(uid: string): Pod | undefined {
    const known = this.#loaded.get(uid);
    if (known !== undefined) return known;
    return this.#parts.store.objects(pods).find(({ metadata }) => metadata.uid === uid) as
      | Pod
      | undefined;
  }
}

const hasFinalizers = (pod: Pod): boolean => {
  const finalizers = pod.metadata["finalizers"];
  return Array.isArray(finalizers) && finalizers.length > 0;
};
