import type { Attempt, AttemptRequest } from "./attempt.ts";
import type { CloudEvent } from "./cloud-event.ts";
import type { DeadLetters } from "./store/dead-letters.ts";
import type { Delivery } from "./delivery.ts";
import type { Target } from "./target.ts";
import type { Route } from "./route.ts";

export type Refused = { status: number; code: string; message: string; retryAfterSeconds?: number };

/** What a broker answers to an event. */
export type Answer = { status: 202 } | Refused;

/** An event on its way through a broker. */
export type Passage = {
  brokerKey: string;
  /** As filters and subscribers see it: with arrival time, without TTL. */
  event: CloudEvent;
  /** Passes that are left. */
  ttl: number;
  /** That travel with it. */
  headers: [string, string][];
};

/** Takes an event in as if it were posted: validation, broker, TTL, filters, deliveries. */
export type Intake = (
  namespace: string,
  name: string,
  event: CloudEvent,
  headers: [string, string][],
  signal: AbortSignal,
) => Promise<Answer>;

/** Posts an event anywhere, as a reply; what it answers. Never rejects. */
export type PostReply = (
  target: Target,
  namespace: string,
  event: CloudEvent,
  headers: [string, string][],
  signal: AbortSignal,
) => Promise<{ status: number; message: string }>;

/** How events that matched get to their subscribers. */
export type Engine = {
  accept(passage: Passage, routes: readonly Route[], signal: AbortSignal): Promise<Answer>;
  readonly deadLetters: DeadLetters;
  /** Sends a dead letter again: to the trigger it failed at. */
  replay(id: number): Promise<Answer>;
  /**
   * Takes up the routes as they are now. What waited for a trigger that is gone is a dead letter;
   * gives the triggers it was kept for, with the number of events.
   */
  reroute(): Map<string, number>;
  /** Resolves when nothing is under way and nothing waits for a retry. */
  idle(): Promise<void>;
  close(): Promise<void>;
};

export type EngineOptions = {
  /** Those of now: by key of the trigger. */
  routes: () => ReadonlyMap<string, Route>;
  attempt: (request: AttemptRequest) => Promise<Attempt>;
  post: PostReply;
  onDelivery: (delivery: Delivery) => void;
  now: () => number;
};
