import type { Express } from "express";
import type * as z from "zod/mini";
import type { Event, EventContract } from "./events/contract.ts";
import type { Logger } from "./log.ts";
import type { FunctionMetrics } from "./metrics.ts";
import type { Tracer } from "./trace/tracer.ts";

/** What a function did with an event, and why. A decision fits as it is. */
export type Outcome = {
  /** One word for logs and metrics: "labelled", "kept", "skipped". */
  kind: string;
  reason: string;
  /** Sent back in the response; the broker takes it in as a new event. */
  reply?: Event;
};

/** One event type a function takes, with what it does. Made by `on`. */
export type Subscription = {
  readonly contract: EventContract;
  readonly handle: (event: Event<never>) => Outcome | Promise<Outcome>;
};

/** Binds a handler to an event type, with its data typed by the contract's schema. */
export function on<S extends z.ZodMiniType>(
  contract: EventContract<S>,
  handle: (event: Event<z.output<S>> & { data: z.output<S> }) => Outcome | Promise<Outcome>,
): Subscription {
  return { contract, handle: handle as Subscription["handle"] };
}

/** A request that is no event, on an exact path, answered on the fast path: no express is loaded. */
export type Door = {
  method: "GET" | "POST";
  path: string;
  /** Of the request body; beyond it the answer is 413. Default 1 MiB. */
  maxBodyBytes?: number;
  /**
   * Asked before anything of the body is read; what it throws is answered as what `handle` throws.
   * Absent: everybody is let in.
   */
  admit?(headers: DoorRequest["headers"]): Promise<void>;
  /** Thrown AppErrors become `{code, message}` with their status; anything else is a 500. */
  handle(request: DoorRequest): Promise<DoorResponse>;
};

export type DoorRequest = {
  /** Lower-case names, as node:http gives them. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  query: URLSearchParams;
  body: Buffer;
};

export type DoorResponse = {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON. Absent: an empty body. */
  json?: unknown;
};

/** Everything a function is, apart from its process. */
export type FunctionSpec = {
  name: string;
  log: Logger;
  /** Absent: traces are passed on, and not recorded. */
  tracer?: Tracer;
  on: readonly Subscription[];
  /** Takes events of every other type too (the console does). Absent: they are refused with 422. */
  onAny?: (event: Event) => Outcome | Promise<Outcome>;
  /** Takes what a broker gave up, of any type, on `POST /dead-letters`. Absent: there is no such door. */
  onDeadLetter?: (event: Event) => Outcome | Promise<Outcome>;
  /** What it counts beside its events, at `/metrics`. */
  metrics?: FunctionMetrics;
  doors?: readonly Door[];
  /** Pages and streams. Called once, on the first request that is neither event, health nor door. */
  routes?: (app: Express) => void | Promise<void>;
  /** Called after the last request has ended, before the process exits. */
  close?: () => Promise<void>;
};
