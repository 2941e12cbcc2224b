import { setMaxListeners } from "node:events";
import type { Answer, Engine, EngineOptions } from "./engine.ts";
import { withoutError } from "./knative-error.ts";
import { createPartitionOrders } from "./partition-orders.ts";
import { openDatabase } from "./store/database.ts";
import { createDeadLetters } from "./store/dead-letters.ts";
import { createEventStore, type Item } from "./store/event-store.ts";
import { createWriteQueue } from "./store/write-queue.ts";
import { goneAnswer } from "./sync-engine.ts";
import { createStoredItems } from "./stored-item.ts";
import { createTriggerQueue, type TriggerQueue } from "./trigger-queue.ts";

export type StoredOptions = {
  folder: string;
  /** Of events that wait; beyond it the answer is 503. */
  maxBytes: number;
  /** Of one trigger, at a time. */
  maxInFlight: number;
};

const ACCEPTED: Answer = { status: 202 };
const unavailable = (code: string, message: string): Answer => ({
  status: 503,
  code,
  message,
  retryAfterSeconds: 1,
});

/**
 * As a Kafka broker: 202 once the event is on disk, and every trigger gets it at least once, at its
 * own pace, across restarts. What fails for good is kept in the dead letters.
 */
export function createStoredEngine(options: EngineOptions, stored: StoredOptions): Engine {
  const { routes, now } = options;
  const database = openDatabase(stored.folder);
  const writes = createWriteQueue(database);
  const store = createEventStore(database, writes, stored.maxBytes);
  const deadLetters = createDeadLetters(database, writes.writeLazily, writes.flush);
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const running = new Set<Promise<number | null>>();
  let onIdle: (() => void)[] = [];

  const queues = new Map<string, TriggerQueue>();
  const orders = createPartitionOrders(store);
  const items = createStoredItems(options, store, deadLetters, finish, closing.signal);
  const { maxInFlight } = stored;
  function addQueues(): void {
    for (const [key, route] of routes()) {
      const isOrdered = route.trigger.isOrdered && route.broker.flavour === "kafka";
      // An edit may change it while events wait.
      if (orders.set(key, isOrdered) && !isOrdered) queues.get(key)?.wake();
      if (queues.has(key)) continue;
      const run = (item: Item): Promise<number | null> => {
        const current = routes().get(key);
        // It was in flight, or on its way to disk, when its trigger went.
        if (current === undefined) {
          items.bury(key, item);
          return Promise.resolve(null);
        }
        const done = items.run(current, item).finally(() => running.delete(done));
        running.add(done);
        return done;
      };
      const waits = (seq: number) => orders.waits(key, seq);
      queues.set(key, createTriggerQueue({ key, store, maxInFlight, run, waits, now }));
    }
  }
  addQueues();
  buryStrays();
  // After the caller has its brokers: a redelivery may reply to them.
  setImmediate(() => {
    if (closing.signal.aborted) return;
    for (const queue of queues.values()) queue.wake();
  });

  /** A trigger that is gone can't deliver what waited for it; nor is that dropped in silence. */
  function buryStrays(): Map<string, number> {
    const buried = new Map<string, number>();
    for (const key of store.triggersPending()) {
      if (routes().has(key)) continue;
      const queue = queues.get(key);
      // Each of them is to be buried once.
      orders.drop(key);
      queue?.letGo();
      const strays = () =>
        store.due(key, Number.MAX_SAFE_INTEGER, 500, (seq) => queue?.has(seq) === true);
      for (let found = strays(); found.length > 0; found = strays()) {
        for (const item of found) items.bury(key, item);
        buried.set(key, (buried.get(key) ?? 0) + found.length);
      }
    }
    return buried;
  }
  function leaveOrder(key: string, item: Item): void {
    const next = orders.leave(key, item);
    if (next !== null) queues.get(key)?.take(next);
  }

  function finish(key: string, item: Item): void {
    store.finish(key, item);
    leaveOrder(key, item);
    if (store.pending() > 0) return;
    for (const done of onIdle) done();
    onIdle = [];
  }

  const engine: Engine = {
    deadLetters,
    async accept(passage, matched) {
      if (closing.signal.aborted) return unavailable("CLOSING", "the broker is stopping");
      if (matched.length === 0) return ACCEPTED;
      const keys = matched.map(({ key }) => key);
      const added = store.add(passage, keys, now());
      if (added === null) {
        const message = "the store is full: events come in faster than triggers deliver them";
        return unavailable("STORE_FULL", message);
      }
      const { item, committed } = added;
      orders.join(keys, passage.event, { seq: item.seq, dueAt: item.dueAt });
      const claims = matched.map(({ key }) => {
        const queue = queues.get(key) as TriggerQueue;
        return { queue, isClaimed: queue.claim(item) };
      });
      try {
        await committed;
      } catch (error) {
        for (const { queue, isClaimed } of claims) if (isClaimed) queue.unclaim(item);
        for (const key of keys) leaveOrder(key, item);
        return unavailable(
          "NOT_STORED",
          `the event could not be stored: ${(error as Error).message}`,
        );
      }
      for (const { queue, isClaimed } of claims) {
        if (isClaimed) queue.push(item);
        else queue.wake();
      }
      return ACCEPTED;
    },
    async replay(id) {
      const letter = deadLetters.get(id);
      const route = letter === null ? undefined : routes().get(letter.triggerKey);
      if (letter === null || route === undefined) return goneAnswer(letter?.triggerKey ?? null);
      const { brokerKey, ttl, headers } = letter;
      const passage = { brokerKey, event: withoutError(letter.event), ttl, headers };
      const answer = await engine.accept(passage, [route], closing.signal);
      if (answer.status === 202) deadLetters.remove(id);
      return answer;
    },
    reroute() {
      addQueues();
      return buryStrays();
    },
    async idle() {
      if (store.pending() > 0) await new Promise<void>((done) => onIdle.push(done));
      await Promise.allSettled(running);
    },
    async close() {
      closing.abort(new Error("the broker is stopping"));
      for (const queue of queues.values()) queue.stop();
      await Promise.allSettled(running);
      await writes.close();
      deadLetters.close();
    },
  };
  return engine;
}
