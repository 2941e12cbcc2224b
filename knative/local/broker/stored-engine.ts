import { setMaxListeners } from "node:events";
import type { Attempt } from "./attempt.ts";
import type { CloudEvent } from "./cloud-event.ts";
import type { Delivery } from "./delivery.ts";
import type { Answer, Engine, EngineOptions } from "./engine.ts";
import { deadLetter, type KnativeError, withoutError } from "./knative-error.ts";
import { backoffMs } from "./policy.ts";
import { toDelivery } from "./report.ts";
import type { Route } from "./route.ts";
import { sendReply } from "./send-reply.ts";
import { createKeyOrder, type KeyOrder } from "./key-order.ts";
import { openDatabase } from "./store/database.ts";
import { createDeadLetters } from "./store/dead-letters.ts";
import { createEventStore, type Item } from "./store/event-store.ts";
import { createWriteQueue } from "./store/write-queue.ts";
import { goneAnswer } from "./sync-engine.ts";
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
  const { routes, attempt, intake, onDelivery, now } = options;
  const database = openDatabase(stored.folder);
  const writes = createWriteQueue(database);
  const store = createEventStore(database, writes, stored.maxBytes);
  const deadLetters = createDeadLetters(database, writes.writeLazily, writes.flush);
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const running = new Set<Promise<number | null>>();
  let onIdle: (() => void)[] = [];

  const queues = new Map<string, TriggerQueue>();
  const orders = new Map<string, KeyOrder>();
  const { maxInFlight } = stored;
  function addQueues(): void {
    for (const [key, route] of routes()) {
      setOrder(key, route.trigger.isOrdered && route.broker.flavour === "kafka");
      if (queues.has(key)) continue;
      const run = (item: Item): Promise<number | null> => {
        const current = routes().get(key);
        // It was in flight, or on its way to disk, when its trigger went.
        if (current === undefined) return Promise.resolve(bury(key, item));
        const done = runItem(current, item).finally(() => running.delete(done));
        running.add(done);
        return done;
      };
      const waits = (seq: number) => orders.get(key)?.waits(seq) === true;
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

  /** An edit may change it while events wait. */
  function setOrder(key: string, isOrdered: boolean): void {
    if (isOrdered === orders.has(key)) return;
    if (isOrdered) orders.set(key, restoredOrder(key));
    else {
      orders.delete(key);
      queues.get(key)?.wake();
    }
  }

  function restoredOrder(key: string): KeyOrder {
    const order = createKeyOrder();
    for (const { place, event } of store.all(key)) {
      const partition = partitionOf(event);
      if (partition !== null) order.add(partition, place);
    }
    return order;
  }

  /** Events without a partition key come in no order, as those that Kafka spreads. */
  function leaveOrder(key: string, { seq, passage }: Item): void {
    const order = orders.get(key);
    const partition = order === undefined ? null : partitionOf(passage.event);
    if (order === undefined || partition === null) return;
    const next = order.remove(partition, seq);
    if (next !== null) queues.get(key)?.take(next);
  }

  /** A trigger that is gone can't deliver what waited for it; nor is that dropped in silence. */
  function buryStrays(): Map<string, number> {
    const buried = new Map<string, number>();
    for (const key of store.triggersPending()) {
      if (routes().has(key)) continue;
      const queue = queues.get(key);
      // Whose turn it is does not matter any more, and each of them is to be buried once.
      orders.delete(key);
      queue?.letGo();
      const strays = () =>
        store.due(key, Number.MAX_SAFE_INTEGER, 500, (seq) => queue?.has(seq) === true);
      for (let items = strays(); items.length > 0; items = strays()) {
        for (const item of items) bury(key, item);
        buried.set(key, (buried.get(key) ?? 0) + items.length);
      }
    }
    return buried;
  }
  function bury(key: string, item: Item): null {
    const { passage, attempts, error } = item;
    const route = { key, brokerKey: passage.brokerKey, subscriber: { name: "", target: GONE } };
    const reason = GONE.message;
    if (error !== null) deadLetters.setSink((JSON.parse(error) as Cause).deadLetterId, "failed");
    else deadLetters.add({ route, passage, status: "error", reason, attempts, now: now() });
    finish(key, item);
    return null;
  }

  /** Gives when the item is due again, or null. */
  async function runItem(route: Route, item: Item): Promise<number | null> {
    const { passage, stage } = item;
    const { flavour } = route.broker;
    const cause = item.error === null ? null : (JSON.parse(item.error) as Cause);
    if (stage === "dead-letter-sink" && route.deadLetterSink === null) {
      finish(route.key, item);
      return null;
    }
    const event =
      cause === null ? passage.event : deadLetter(passage.event, toError(cause), flavour);
    const request = { route, stage, event, headers: passage.headers, signal: closing.signal };
    const result = await attempt(request);
    if (closing.signal.aborted && !result.isSuccess) return null;
    const tries = item.attempts + 1;
    const emit = (outcome: Delivery["outcome"], reason?: string, waitMs?: number) => {
      const more = waitMs === undefined ? {} : { waitMs };
      const details = { stage, attempt: tries, outcome, reason, ...more };
      onDelivery(toDelivery(route, event, result, details, now()));
    };

    if (result.isSuccess) {
      const { reply } = result;
      const refused =
        reply === null ? null : await sendReply(route, reply, passage.ttl, intake, closing.signal);
      if (refused === null) {
        if (cause !== null) deadLetters.setSink(cause.deadLetterId, "delivered");
        finish(route.key, item);
        emit(reply === null ? "delivered" : "replied");
        return null;
      }
      if (closing.signal.aborted) return null;
      return giveUp(route, item, result, refused, refused.reason, cause, tries, emit);
    }
    const { policy } = route;
    if (result.isRetryable && tries <= policy.retry) {
      const waitMs = backoffMs(policy.backoff, tries, flavour);
      const dueAt = now() + waitMs;
      store.postpone(route.key, item, { dueAt, attempts: tries, stage, error: item.error });
      emit("retrying", result.reason, waitMs);
      return dueAt;
    }
    return giveUp(route, item, result, result.error, result.reason, cause, tries, emit);
  }

  function giveUp(
    route: Route,
    item: Item,
    { status }: Attempt,
    error: KnativeError | null,
    reason: string,
    cause: Cause | null,
    attempts: number,
    emit: (outcome: Delivery["outcome"], reason: string) => void,
  ): number | null {
    if (cause !== null) {
      deadLetters.setSink(cause.deadLetterId, "failed");
      finish(route.key, item);
      emit("dead-lettered", `${reason} (kept in the dead letters)`);
      return null;
    }
    const { passage } = item;
    const id = deadLetters.add({ route, passage, status, reason, attempts, now: now() });
    emit("dead-lettered", reason);
    if (route.deadLetterSink === null) {
      finish(route.key, item);
      return null;
    }
    const text = JSON.stringify(toCause(error, id));
    const dueAt = now();
    const next = { dueAt, attempts: 0, stage: "dead-letter-sink", error: text } as const;
    store.postpone(route.key, item, next);
    return dueAt;
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
      const added = store.add(
        passage,
        matched.map(({ key }) => key),
        now(),
      );
      if (added === null) {
        const message = "the store is full: events come in faster than triggers deliver them";
        return unavailable("STORE_FULL", message);
      }
      const { item, committed } = added;
      const partition = partitionOf(passage.event);
      const place = { seq: item.seq, dueAt: item.dueAt };
      for (const { key } of matched) if (partition !== null) orders.get(key)?.add(partition, place);
      const claims = matched.map(({ key }) => {
        const queue = queues.get(key) as TriggerQueue;
        return { queue, isClaimed: queue.claim(item) };
      });
      try {
        await committed;
      } catch (error) {
        for (const { queue, isClaimed } of claims) if (isClaimed) queue.unclaim(item);
        for (const { key } of matched) leaveOrder(key, item);
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
      deadLetters.close();
    },
  };
  return engine;
}

/** `K:data-plane`: the extension that Kafka's partitions are chosen by; null when there is none. */
function partitionOf({ attributes }: CloudEvent): string | null {
  return attributes.get("partitionkey") ?? null;
}

const GONE = new Error("the trigger is gone");

/** A KnativeError as it is kept, with the dead letter it belongs to. */
type Cause = {
  deadLetterId: number;
  error: {
    destination: string;
    code: number;
    body: string;
    extensions: Record<string, string>;
  } | null;
};

function toCause(error: KnativeError | null, deadLetterId: number): Cause {
  if (error === null) return { deadLetterId, error: null };
  const { destination, code, body, extensions } = error;
  return {
    deadLetterId,
    error: { destination, code, body: body.toString("base64"), extensions: { ...extensions } },
  };
}

function toError({ error }: Cause): KnativeError | null {
  return error === null ? null : { ...error, body: Buffer.from(error.body, "base64") };
}
