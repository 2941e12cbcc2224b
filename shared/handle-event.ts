import * as z from "zod/mini";
import { PermanentError } from "./errors.ts";
import type { Event } from "./events/contract.ts";
import type { FunctionSpec, Outcome, Subscription } from "./function.ts";
import { safeParse } from "./parse.ts";

/** Finds the handler of an event's type and gives it the event, its data checked. */
export type EventHandler = {
  /**
   * @throws PermanentError UNEXPECTED_TYPE, INVALID_DATA; and what the handler throws.
   */
  handle(event: Event): Outcome | Promise<Outcome>;
  /** The type for a metric: strangers' types are one, "other". */
  knownType(event: Event): string;
};

type AnyHandler = (event: Event) => Outcome | Promise<Outcome>;

export function createEventHandler({
  on,
  onAny,
}: Pick<FunctionSpec, "on" | "onAny">): EventHandler {
  const subscriptions = new Map<string, Subscription>();
  for (const subscription of on) {
    const { type } = subscription.contract;
    if (subscriptions.has(type)) throw new Error(`two handlers for the event type ${type}`);
    subscriptions.set(type, subscription);
  }
  const types = [...subscriptions.keys()].join(", ");

  return {
    handle(event) {
      const subscription = subscriptions.get(event.type);
      if (subscription === undefined) {
        if (onAny !== undefined) return onAny(event);
        const taken = types === "" ? "no events" : types;
        throw new PermanentError("UNEXPECTED_TYPE", `this function takes ${taken}`);
      }
      const result = safeParse(subscription.contract.data, event.data);
      if (!result.success) {
        throw new PermanentError("INVALID_DATA", clip(z.prettifyError(result.error)));
      }
      event.data = result.data;
      return (subscription.handle as AnyHandler)(event);
    },
    knownType: ({ type }) => (subscriptions.has(type) ? type : "other"),
  };
}

/** Enough to see what is wrong; a hostile event can be wrong in a hundred thousand places. */
const MAX_MESSAGE_LENGTH = 2_000;

function clip(message: string): string {
  return message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message;
}
