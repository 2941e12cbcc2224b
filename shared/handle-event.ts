import * as z from "zod/mini";
import { PermanentError } from "./errors.ts";
import type { Event } from "./events/contract.ts";
import type { FunctionSpec, Outcome, Subscription } from "./function.ts";
import { parserOf } from "./parse.ts";

/** What a function does with events of one type. */
export type EventHandler = {
  /** For a metric: strangers' types are one, "other". */
  readonly knownType: string;
  /**
   * Checks the data, and handles.
   * @throws PermanentError UNEXPECTED_TYPE, INVALID_DATA; and what the handler throws.
   */
  handle(event: Event): Outcome | Promise<Outcome>;
};

type AnyHandler = (event: Event) => Outcome | Promise<Outcome>;

/** Finds the handler of an event's type. */
export function createEventHandlers({
  on,
  onAny,
}: Pick<FunctionSpec, "on" | "onAny">): (type: string) => EventHandler {
  const handlers = new Map<string, EventHandler>();
  for (const subscription of on) {
    const { type } = subscription.contract;
    if (handlers.has(type)) throw new Error(`two handlers for the event type ${type}`);
    handlers.set(type, handlerOf(subscription));
  }
  const types = [...handlers.keys()].join(", ");
  const other: EventHandler = {
    knownType: "other",
    handle(event) {
      if (onAny !== undefined) return onAny(event);
      const taken = types === "" ? "no events" : types;
      throw new PermanentError("UNEXPECTED_TYPE", `this function takes ${taken}`);
    },
  };
  return (type) => handlers.get(type) ?? other;
}

function handlerOf({ contract, handle }: Subscription): EventHandler {
  const parse = parserOf(contract.data);
  const run = handle as AnyHandler;
  return {
    knownType: contract.type,
    handle(event) {
      const result = parse(event.data);
      if (!result.success) {
        throw new PermanentError("INVALID_DATA", clip(z.prettifyError(result.error) + hint(event)));
      }
      event.data = result.data;
      return run(event);
    },
  };
}

/** curl's `-d` alone says that it sends a form: what was meant as JSON then is a text. */
function hint({ data, datacontenttype }: Event): string {
  if (typeof data !== "string" && !Buffer.isBuffer(data)) return "";
  if (typeof datacontenttype === "string" && /\bjson\b/i.test(datacontenttype)) return "";
  const said =
    typeof datacontenttype === "string" ? `as ${datacontenttype}` : "with no content-type";
  return `\n  → the data came ${said}, and so is not read as JSON`;
}

/** Enough to see what is wrong; a hostile event can be wrong in a hundred thousand places. */
const MAX_MESSAGE_LENGTH = 2_000;

function clip(message: string): string {
  return message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message;
}
