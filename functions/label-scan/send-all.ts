import type { Event } from "../../shared/events/contract.ts";

/** Sent at a time: the sink has its own queue, which a large cluster must not overflow. */
const SEND_BATCH = 50;

/** Resolves when all were taken; the first that is not ends it. */
export async function sendAll(
  send: (event: Event) => Promise<void>,
  events: readonly Event[],
): Promise<void> {
  for (let start = 0; start < events.length; start += SEND_BATCH) {
    await Promise.all(events.slice(start, start + SEND_BATCH).map((event) => send(event)));
  }
}
