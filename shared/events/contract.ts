import type { CloudEventV1 } from "cloudevents";
import type * as z from "zod/mini";
import { sha256Hex } from "../hash.ts";

/** A CloudEvent 1.0 as plain data: required attributes, optional ones, extensions, `data`. */
export type Event<D = unknown> = CloudEventV1<D>;

/** What the maker of an event says beside the contract. */
type NewEvent<D> = {
  /** Derived from the cause with `deriveId`, so that a redelivery makes the same event again. */
  id: string;
  source?: string;
  subject?: string;
  /** RFC 3339. The time of the fact, not of the sending. */
  time?: string;
  /** Attributes for trigger filters: lower-case ASCII names and values. */
  extensions?: Record<string, string>;
  data: D;
};

/** An event type as a value: name, schema and maker, so that they cannot drift apart. */
export type EventContract<S extends z.ZodMiniType = z.ZodMiniType> = {
  readonly type: string;
  /** The schema of `data`. Must not transform: what is on the wire is what a handler sees. */
  readonly data: S;
  readonly description: string;
  /** Names of the extension attributes a trigger may filter on. */
  readonly extensions: readonly string[];
  create(event: NewEvent<z.output<S>>): Event<z.output<S>>;
};

/** Defines an event type. `source` is the default; a maker may name a nearer one. */
export function defineEvent<S extends z.ZodMiniType>(definition: {
  type: string;
  source: string;
  description: string;
  extensions?: readonly string[];
  data: S;
}): EventContract<S> {
  const { type, source, description, data, extensions = [] } = definition;
  return {
    type,
    data,
    description,
    extensions,
    create({ id, source: nearer, subject, time, extensions: values, data }) {
      const event: Event<z.output<S>> = {
        specversion: "1.0",
        id,
        source: nearer ?? source,
        type,
        datacontenttype: "application/json",
        data,
      };
      if (subject !== undefined) event.subject = subject;
      if (time !== undefined) event.time = time;
      for (const name in values) event[name] = values[name];
      return event;
    },
  };
}

/**
 * The id of what follows from a cause: the same parts give the same id, in every process.
 * 128 bits of SHA-256 in hex; the parts are framed by JSON, so `["a","b"]` and `["ab"]` differ.
 */
export function deriveId(...parts: readonly (string | number)[]): string {
  return sha256Hex(JSON.stringify(parts)).slice(0, 32);
}
