import { toTime } from "./clock.ts";
import type { Clock } from "./clock.ts";
import type { RecordEvent } from "./cluster-events.ts";
import type { NodeLedger } from "./node-ledger.ts";
import { nodes, pods } from "./resources.ts";
import type { Store } from "./store.ts";
import type { Usage } from "./usage.ts";
import type { Node, Pod, PodStatus } from "./workload-types.ts";

export type KubeletParts = {
  store: Store;
  clock: Clock;
  record: RecordEvent;
  usage: Usage;
  ledger: NodeLedger;
};

/** What each part of a kubelet works with: the pods as they are, and one step at a time per pod. */
export class KubeletDesk {
  readonly parts: KubeletParts;
  readonly #pending = new Map<string, () => void>();

  constructor(parts: KubeletParts) {
    this.parts = parts;
  }

  close(): void {
    for (const cancel of this.#pending.values()) cancel();
    this.#pending.clear();
  }

  now(): string {
    return toTime(this.parts.clock.nowMs());
  }

  write(pod: Pod, status: PodStatus): Pod {
    return this.parts.store.update(pods, { ...pod, status }) as Pod;
  }

  node(pod: Pod): Node | undefined {
    return this.parts.store.get(nodes, undefined, pod.spec.nodeName ?? "") as Node | undefined;
  }

  event(pod: Pod, type: "Normal" | "Warning", reason: string, message: string): void {
    this.parts.record(pod, type, reason, message, "kubelet");
  }

  /** One step at a time per pod: a later wish finds the pod as it is then. */
  later(pod: Pod, step: string, delayMs: number, run: (current: Pod) => void): void {
    const uid = pod.metadata.uid ?? "";
    const id = `${uid}/${step}`;
    if (this.#pending.has(id)) return;
    const { metadata } = pod;
    this.#pending.set(
      id,
      this.parts.clock.after(delayMs, () => {
        this.#pending.delete(id);
        const current = this.parts.store.get(pods, metadata.namespace, metadata.name);
        if (current !== undefined && current.metadata.uid === uid) run(current as Pod);
      }),
    );
  }

  cancel(uid: string): void {
    for (const [id, cancel] of this.#pending) {
      if (!id.startsWith(`${uid}/`)) continue;
      cancel();
      this.#pending.delete(id);
    }
  }
}
