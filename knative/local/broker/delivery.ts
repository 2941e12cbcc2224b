/** What became of one attempt to deliver one event: a line on the terminal. */
export type Delivery = {
  /** When the attempt ended. */
  time: Date;
  eventType: string;
  eventId: string;
  /** `namespace/name`. */
  broker: string;
  /** Name only; it lives in the namespace of its broker. */
  trigger: string;
  /** Name of the service, or the URL. */
  subscriber: string;
  /** To the subscriber of the trigger, or to the dead-letter sink after that failed for good. */
  stage: "subscriber" | "dead-letter-sink";
  start: "cold" | "warm" | null;
  /** "error": no answer came. */
  status: number | "error";
  durationMs: number;
  /** Counted from 1. */
  attempt: number;
  /**
   * - `delivered`: a 2xx, and nothing came back;
   * - `replied`: a 2xx with an event, and the broker has taken that one in;
   * - `retrying`: failed, and will be tried again;
   * - `dead-lettered`: failed for good, kept in the dead letters;
   * - `dropped`: failed for good; the sender has been told (sync broker only).
   */
  outcome: "delivered" | "replied" | "retrying" | "dead-lettered" | "dropped";
  /** Why it failed; absent when it did not. */
  reason?: string;
  /** Until the next attempt, when retrying. */
  waitMs?: number;
};

/** A request that the broker did not take in. */
export type Refusal = {
  time: Date;
  method: string;
  /** As it came, cut to 200 characters. */
  path: string;
  status: number;
  code: string;
  message: string;
};

/** An event that a broker took in, as Knative's do, and that none of its triggers takes. */
export type Unmatched = {
  time: Date;
  eventType: string;
  eventId: string;
  /** `namespace/name`. */
  broker: string;
  /** Triggers of it that take nothing yet, as they are not ready; absent when there is none. */
  waiting?: readonly string[];
};
