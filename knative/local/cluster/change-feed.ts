import type { KubeObject } from "./kube-object.ts";
import type { Resource } from "./resource.ts";

export type Change = {
  type: "ADDED" | "MODIFIED" | "DELETED";
  resource: Resource;
  object: KubeObject;
  /** What the object was before; absent for ADDED. */
  previous?: KubeObject;
  resourceVersion: number;
};

/** Tells every listener of every change, in order. */
export class ChangeFeed {
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #queue: Change[] = [];
  #delivering = false;

  /** Calls `listener` with every change until the answer is called. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A listener that writes must not overtake the change it reacts to: deliveries queue. */
  send(change: Change): void {
    this.#queue.push(change);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        for (const listener of this.#listeners) listener(next);
      }
    } finally {
      this.#delivering = false;
    }
  }
}
