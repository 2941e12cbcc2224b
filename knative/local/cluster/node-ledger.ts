import { isFinished, noAmount, podAllocated, podRequest } from "./pod-resources.ts";
import type { Amount } from "./pod-resources.ts";
import { pods } from "./resources.ts";
import type { Change } from "./change-feed.ts";
import type { Store } from "./store.ts";
import type { Pod } from "./workload-types.ts";

type Entry = { node: string; amount: Amount };

/** What the pods of each node have been given, kept as running totals. */
export class NodeLedger {
  readonly #entries = new Map<string, Entry>();
  readonly #totals = new Map<string, Amount & { pods: number }>();

  constructor(store: Store) {
    store.subscribe((change) => this.#follow(change));
  }

  /** The sum over the pods of a node, without the pod `except`. */
  used(node: string, except?: Pod): Amount & { pods: number } {
    const total = this.#totals.get(node) ?? { ...noAmount, pods: 0 };
    const entry = this.#entries.get(except?.metadata.uid ?? "");
    if (entry?.node !== node) return total;
    return {
      cpuMillis: total.cpuMillis - entry.amount.cpuMillis,
      memoryBytes: total.memoryBytes - entry.amount.memoryBytes,
      pods: total.pods - 1,
    };
  }

  #follow({ type, resource, object }: Change): void {
    if (resource.storage !== pods.storage) return;
    const pod = object as Pod;
    const uid = pod.metadata.uid ?? "";
    const old = this.#entries.get(uid);
    if (old !== undefined) {
      this.#add(old, -1);
      this.#entries.delete(uid);
    }
    if (type === "DELETED" || pod.spec.nodeName === undefined || isFinished(pod)) return;
    const running = pod.status?.containerStatuses !== undefined;
    const entry = {
      node: pod.spec.nodeName,
      amount: running ? podAllocated(pod) : podRequest(pod),
    };
    this.#entries.set(uid, entry);
    this.#add(entry, 1);
  }

  #add({ node, amount }: Entry, sign: 1 | -1): void {
    const total = this.#totals.get(node) ?? { ...noAmount, pods: 0 };
    this.#totals.set(node, {
      cpuMillis: total.cpuMillis + sign * amount.cpuMillis,
      memoryBytes: total.memoryBytes + sign * amount.memoryBytes,
      pods: total.pods + sign,
    });
  }
}
