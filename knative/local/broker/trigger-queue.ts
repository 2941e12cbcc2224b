import type { Place } from "./key-order.ts";
import type { EventStore, Item } from "./store/event-store.ts";

/** Held in memory for one trigger, beyond what is in flight. The rest waits on disk. */
const BUFFER_ITEMS = 1_000;
const BUFFER_BYTES = 16 * 2 ** 20;
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The events of one trigger, in no promised order but that of `waits`. What waits for a retry keeps
 * nothing else waiting.
 */
export type TriggerQueue = {
  /** Asks for a place in memory before the event is on disk; without one, call `wake` after. */
  claim(item: Item): boolean;
  /** Gives the place back: the event did not get to disk. */
  unclaim(item: Item): void;
  /** Runs a claimed item, now that it is on disk. */
  push(item: Item): void;
  /** Runs one that had to wait for another: from disk, where it may also not be. */
  take(place: Place): void;
  /** Looks on disk for what is due. */
  wake(): void;
  /** Whether it is claimed, waits for its turn or is in flight. */
  has(seq: number): boolean;
  /** Forgets what waits for its turn: it stays on disk alone. */
  letGo(): void;
  stop(): void;
};

export function createTriggerQueue(options: {
  key: string;
  store: EventStore;
  maxInFlight: number;
  /** Never rejects. Gives when the item is due again, or null when it is done with. */
  run: (item: Item) => Promise<number | null>;
  /** Whether it must not run yet; `take` says when it may. */
  waits: (seq: number) => boolean;
  now: () => number;
}): TriggerQueue {
  const { key, store, maxInFlight, run, waits, now } = options;
  const ready: Item[] = [];
  /** Sequence numbers of what is claimed, ready or in flight. */
  const known = new Set<number>();
  let knownBytes = 0;
  let inFlight = 0;
  let hasMore = true;
  let timer: NodeJS.Timeout | null = null;
  let timerAt = Infinity;
  let isStopped = false;
  let isPumping = false;

  function pump(): void {
    if (isPumping) return;
    isPumping = true;
    while (!isStopped && inFlight < maxInFlight) {
      if (ready.length === 0 && hasMore) refill();
      const item = ready.shift();
      if (item === undefined) break;
      inFlight++;
      void run(item).then((dueAt) => {
        inFlight--;
        forget(item);
        if (dueAt === null) pump();
        else wake(dueAt);
      });
    }
    isPumping = false;
  }

  function refill(): void {
    // One instant for both questions: what fell due between two would be in neither answer.
    const at = now();
    const items = store.due(key, at, BUFFER_ITEMS, (seq) => known.has(seq) || waits(seq));
    hasMore = items.length > 0;
    for (const item of items) {
      remember(item);
      ready.push(item);
    }
    if (items.length > 0) return;
    const next = store.nextDue(key, at);
    if (next !== null) wakeAt(next);
  }

  function wake(dueAt: number): void {
    if (dueAt > now()) wakeAt(dueAt);
    else hasMore = true;
    pump();
  }

  function wakeAt(dueAt: number): void {
    if (dueAt >= timerAt || isStopped) return;
    if (timer !== null) clearTimeout(timer);
    timerAt = dueAt;
    timer = setTimeout(
      () => {
        timerAt = Infinity;
        timer = null;
        hasMore = true;
        pump();
      },
      Math.min(Math.max(0, dueAt - now()), MAX_TIMER_MS),
    );
  }

  function remember(item: Item): void {
    known.add(item.seq);
    knownBytes += item.bytes;
  }

  function forget(item: Item): void {
    if (known.delete(item.seq)) knownBytes -= item.bytes;
  }

  return {
    claim(item) {
      if (waits(item.seq)) return false;
      if (hasMore || known.size >= BUFFER_ITEMS || knownBytes >= BUFFER_BYTES) return false;
      remember(item);
      return true;
    },
    unclaim: forget,
    push(item) {
      ready.push(item);
      pump();
    },
    take({ seq, dueAt }) {
      if (isStopped || known.has(seq)) return;
      if (dueAt > now()) return wakeAt(dueAt);
      const item = store.get(key, { seq, dueAt });
      if (item === null) return;
      remember(item);
      ready.push(item);
      pump();
    },
    wake: () => wake(now()),
    has: (seq) => known.has(seq),
    letGo() {
      for (const item of ready.splice(0)) forget(item);
      hasMore = true;
    },
    stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
