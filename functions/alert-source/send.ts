import { AppError } from "../../shared/errors.ts";
import type { Event } from "../../shared/events/contract.ts";

/** Takes an event, or throws an AppError that says whether a later try can help. */
export type Send = (event: Event, signal: AbortSignal) => Promise<void>;

/** An event that was not taken, and why; what was held back behind it has the same cause. */
export type Failure = { event: Event; error: unknown };

/** Whether the sink refused this very event: sending it again cannot help. */
export function isRefused(error: unknown): boolean {
  return error instanceof AppError && error.status >= 400 && error.status < 500;
}

/**
 * Sends events of one partition key in the order of their time, and those of different keys side by
 * side. After a failure the rest of that key is held back, so that no newer fact overtakes; a
 * refused event holds nothing back.
 */
export async function sendInOrder(
  events: readonly Event[],
  send: Send,
  options: { lanes: number; signal: AbortSignal },
): Promise<Failure[]> {
  const queues = new Map<string, Event[]>();
  for (const event of events) {
    const key = String(event["partitionkey"]);
    const queue = queues.get(key);
    if (queue === undefined) queues.set(key, [event]);
    else queue.push(event);
  }
  const failures: Failure[] = [];
  const pending = queues.values();
  const work = async () => {
    for (const queue of pending) {
      queue.sort((a, b) => Date.parse(a.time ?? "") - Date.parse(b.time ?? ""));
      for (const [index, event] of queue.entries()) {
        try {
          await send(event, options.signal);
        } catch (error) {
          if (isRefused(error)) {
            failures.push({ event, error });
            continue;
          }
          failures.push(...queue.slice(index).map((each) => ({ event: each, error })));
          break;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.lanes, queues.size) }, work));
  return failures;
}
