import type { Attempt } from "./attempt.ts";
import type { Delivery } from "./delivery.ts";
import type { EngineOptions } from "./engine.ts";
import { deadLetter, type KnativeError } from "./knative-error.ts";
import { retryWaitMs } from "./policy.ts";
import { toDelivery } from "./report.ts";
import type { Route } from "./route.ts";
import { sendReply } from "./send-reply.ts";
import { type Cause, readCause, toCause, toError } from "./store/cause.ts";
import type { DeadLetters } from "./store/dead-letters.ts";
import type { EventStore, Item } from "./store/event-store.ts";

export type StoredItems = {
  /** One attempt; gives when the item is due again, or null when it is done with. Never rejects. */
  run(route: Route, item: Item): Promise<number | null>;
  /** Keeps an event as a dead letter whose trigger is gone. */
  bury(key: string, item: Item): void;
};

/** What becomes of events on disk, one attempt at a time. `finish`: it is done with. */
export function createStoredItems(
  { attempt, post, onDelivery, now }: EngineOptions,
  store: EventStore,
  deadLetters: DeadLetters,
  finish: (key: string, item: Item) => void,
  closing: AbortSignal,
): StoredItems {
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

  return {
    async run(route, item) {
      const { passage, stage } = item;
      const { flavour } = route.broker;
      const cause = readCause(item);
      if (stage === "dead-letter-sink" && route.deadLetterSink === null) {
        finish(route.key, item);
        return null;
      }
      const error = cause === null ? null : toError(cause);
      const event = cause === null ? passage.event : deadLetter(passage, error, flavour);
      const headers = error?.headers ?? passage.headers;
      const request = { route, stage, event, headers, signal: closing };
      const result = await attempt(request);
      if (closing.aborted && !result.isSuccess) return null;
      const tries = item.attempts + 1;
      const emit = (outcome: Delivery["outcome"], reason?: string, waitMs?: number) => {
        const more = waitMs === undefined ? {} : { waitMs };
        const details = { stage, attempt: tries, outcome, reason, ...more };
        onDelivery(toDelivery(route, event, result, details, now()));
      };

      if (result.isSuccess) {
        const { reply } = result;
        const refused =
          reply === null ? null : await sendReply(route, reply, passage.ttl, post, closing);
        if (refused === null) {
          if (cause !== null) deadLetters.setSink(cause.deadLetterId, "delivered");
          finish(route.key, item);
          emit(reply === null ? "delivered" : "replied");
          return null;
        }
        if (closing.aborted) return null;
        return giveUp(route, item, result, refused, refused.reason, cause, tries, emit);
      }
      const { policy } = route;
      if (result.isRetryable && tries <= policy.retry) {
        const waitMs = retryWaitMs(policy, tries, flavour, result, now());
        const dueAt = now() + waitMs;
        store.postpone(route.key, item, { dueAt, attempts: tries, stage, error: item.error });
        emit("retrying", result.reason, waitMs);
        return dueAt;
      }
      return giveUp(route, item, result, result.error, result.reason, cause, tries, emit);
    },
    bury(key, item) {
      const { passage, attempts } = item;
      const cause = readCause(item);
      const route = { key, brokerKey: passage.brokerKey, subscriber: { name: "", target: GONE } };
      const reason = GONE.message;
      if (cause !== null) deadLetters.setSink(cause.deadLetterId, "failed");
      else deadLetters.add({ route, passage, status: "error", reason, attempts, now: now() });
      finish(key, item);
    },
  };
}

const GONE = new Error("the trigger is gone");
