import { setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Attempt } from "./attempt.ts";
import type { CloudEvent } from "./cloud-event.ts";
import type { Answer, Engine, EngineOptions, Passage } from "./engine.ts";
import { deadLetter, type KnativeError, withoutError } from "./knative-error.ts";
import { retryWaitMs } from "./policy.ts";
import { toDelivery } from "./report.ts";
import type { Route } from "./route.ts";
import { sendReply } from "./send-reply.ts";
import type { DeadLetters } from "./store/dead-letters.ts";

/** `E:pkg/channel/fanout/fanout_event_handler.go`: nothing waits longer. */
const FANOUT_TIMEOUT_MS = 15 * 60_000;

const UNDELIVERED: Answer = {
  status: 500,
  code: "UNDELIVERED",
  message:
    "at least one trigger could not deliver the event, and has no dead-letter sink that took it",
};

/**
 * Knative's in-memory channel: the sender waits until every trigger has delivered, replied, tried
 * again and dead-lettered. One that could not makes it a 500, although others got the event. A
 * sender that leaves cancels what is under way. Nothing survives the process.
 */
export function createSyncEngine(options: EngineOptions, deadLetters: DeadLetters): Engine {
  const { attempt, onDelivery, post, now, routes } = options;
  const underWay = new Set<AbortController>();
  let onIdle: (() => void)[] = [];

  async function accept(
    passage: Passage,
    matched: readonly Route[],
    signal: AbortSignal,
  ): Promise<Answer> {
    if (matched.length === 0) return { status: 202 };
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const abort = () => controller.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    const timer = setTimeout(abort, FANOUT_TIMEOUT_MS);
    underWay.add(controller);
    try {
      const results = await Promise.all(
        matched.map((route) => deliver(route, passage, controller.signal)),
      );
      return results.every(Boolean) ? { status: 202 } : UNDELIVERED;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      underWay.delete(controller);
      if (underWay.size === 0) {
        for (const done of onIdle) done();
        onIdle = [];
      }
    }
  }

  /** True when the event got somewhere: to the subscriber or to the dead-letter sink. */
  async function deliver(route: Route, passage: Passage, signal: AbortSignal): Promise<boolean> {
    const { event, ttl } = passage;
    const { result, tries } = await tryAll(route, "subscriber", event, passage.headers, signal);
    const emit = (
      outcome: "delivered" | "replied" | "dead-lettered" | "dropped",
      reason?: string,
    ) =>
      onDelivery(
        toDelivery(
          route,
          event,
          result,
          { stage: "subscriber", attempt: tries, outcome, reason },
          now(),
        ),
      );
    let error: KnativeError | null = null;
    let reason: string;
    if (result.isSuccess) {
      const refused =
        result.reply === null ? null : await sendReply(route, result.reply, ttl, post, signal);
      if (refused === null) {
        emit(result.reply === null ? "delivered" : "replied");
        return true;
      }
      error = refused;
      reason = refused.reason;
    } else {
      error = result.error;
      reason = result.isAborted ? "the sender left, or the runtime stops" : result.reason;
    }
    if (route.deadLetterSink === null || signal.aborted) {
      emit("dropped", reason);
      return false;
    }
    const { status } = result;
    const id = deadLetters.add({ route, passage, status, reason, attempts: tries, now: now() });
    emit("dead-lettered", reason);
    const letter = deadLetter(passage, error, route.broker.flavour);
    const headers = error?.headers ?? passage.headers;
    const sunk = await tryAll(route, "dead-letter-sink", letter, headers, signal);
    const { isSuccess } = sunk.result;
    deadLetters.setSink(id, isSuccess ? "delivered" : "failed");
    onDelivery(
      toDelivery(
        route,
        letter,
        sunk.result,
        {
          stage: "dead-letter-sink",
          attempt: sunk.tries,
          outcome: isSuccess ? "delivered" : "dropped",
          reason: sunk.result.isSuccess ? undefined : sunk.result.reason,
        },
        now(),
      ),
    );
    return isSuccess;
  }

  async function tryAll(
    route: Route,
    stage: "subscriber" | "dead-letter-sink",
    event: CloudEvent,
    headers: [string, string][],
    signal: AbortSignal,
  ): Promise<{ result: Attempt; tries: number }> {
    for (let tries = 1; ; tries++) {
      const result = await attempt({ route, stage, event, headers, signal });
      const isLast = result.isSuccess || !result.isRetryable || result.isAborted;
      if (isLast || tries > route.policy.retry || signal.aborted) return { result, tries };
      const waitMs = retryWaitMs(route.policy, tries, route.broker.flavour, result, now());
      const details = {
        stage,
        attempt: tries,
        outcome: "retrying" as const,
        reason: result.reason,
        waitMs,
      };
      onDelivery(toDelivery(route, event, result, details, now()));
      await wait(waitMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return { result: { ...result, isAborted: true }, tries };
    }
  }

  return {
    accept,
    deadLetters,
    async replay(id) {
      const letter = deadLetters.get(id);
      const route = letter === null ? undefined : routes().get(letter.triggerKey);
      if (letter === null || route === undefined) return goneAnswer(letter?.triggerKey ?? null);
      deadLetters.remove(id);
      const { brokerKey, ttl, headers } = letter;
      const event = withoutError(letter.event);
      return accept({ brokerKey, event, ttl, headers }, [route], new AbortController().signal);
    },
    // What is under way ends at the trigger it began with, and nothing else is kept.
    reroute: () => new Map(),
    async idle() {
      if (underWay.size > 0) await new Promise<void>((done) => onIdle.push(done));
    },
    async close() {
      for (const controller of underWay) controller.abort();
      if (underWay.size > 0) await new Promise<void>((done) => onIdle.push(done));
      deadLetters.close();
    },
  };
}

/** Why a dead letter can't be replayed. */
export function goneAnswer(triggerKey: string | null): Answer {
  if (triggerKey === null) {
    return { status: 404, code: "NO_SUCH_DEAD_LETTER", message: "there is no such dead letter" };
  }
  const message = `the trigger ${triggerKey} that it failed at is gone`;
  return { status: 409, code: "TRIGGER_GONE", message };
}
