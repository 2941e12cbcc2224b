import type { Clock } from "../../../../knative/local/cluster/clock.ts";

/** A clock that stands still until it is moved; what falls due on the way is called in order. */
export class ManualClock implements Clock {
  #nowMs = Date.UTC(2026, 0, 1);
  readonly #timers = new Map<symbol, { dueMs: number; callback: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const id = Symbol("timer");
    this.#timers.set(id, { dueMs: this.#nowMs + delayMs, callback });
    return () => this.#timers.delete(id);
  }

  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (;;) {
      const [next] = [...this.#timers]
        .filter(([, { dueMs }]) => dueMs <= endMs)
        .toSorted(([, left], [, right]) => left.dueMs - right.dueMs);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#nowMs = Math.max(this.#nowMs, next[1].dueMs);
      next[1].callback();
    }
    this.#nowMs = endMs;
  }
}
