import type { Event } from "../../shared/events/contract.ts";

/** Sent at a time: the sink has its own queue, which a large cluster must not overflow. */
const SEND_BATCH = 50;

/** Resolves when an event for each was taken; the first that is not ends it. Events are made as they go. */
export async function sendAll<From>(
  send: (event: Event) => Promise<void>,
  all: readonly From[],
  toEvent: (one: From) => Event,
): Promise<void> {
  for (let start = 0; start < all.length; start += SEND_BATCH) {
    await Promise.all(all.slice(start, start + SEND_BATCH).map((one) => send(toEvent(one))));
  }
}
