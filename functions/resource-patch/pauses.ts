import * as z from "zod/mini";
import { Instant } from "../../shared/instant.ts";
import { Scope } from "../../shared/events/order.ts";
import type { Pause } from "../../shared/events/situation.ts";

/** A pause that was asked for, or its end, as it is kept. */
export const Request = z.lazy(() =>
  z.object({
    /** Of its event. */
    id: z.string(),
    kind: z.enum(["pause", "resume"]),
    target: Scope,
    at: Instant,
    /** null: until it is resumed. */
    until: z.nullable(Instant),
    by: z.string(),
    note: z.nullable(z.string()),
  }),
);
export type Request = z.infer<typeof Request>;

/** What a pause may be about. */
type Workload = { namespace: string; kind: string; name: string };

/**
 * Ends are kept for a day: a pause from before, that is delivered again or late, stays ended. The
 * broker gives up on an event long before.
 */
const KEEP_MS = 86_400_000;

/** Each is a few hundred bytes, in one ConfigMap. */
export const MAX_REQUESTS = 500;

/**
 * All requests with one more: a set, so that their order and how often they come do not matter. What
 * is over is dropped after a day.
 * @returns null when it would be more than are kept.
 */
export function withRequest(
  requests: readonly Request[],
  added: Request,
  now: string,
): Request[] | null {
  const known = requests.some(({ id }) => id === added.id);
  const all = (known ? requests : [...requests, added]).filter((request) =>
    isKept(request, now, [...requests, added]),
  );
  return all.length > MAX_REQUESTS ? null : all;
}

/** The pause that holds for a workload now, the widest first; null when there is none. */
export function pauseFor(
  requests: readonly Request[],
  workload: Workload,
  now: string,
): Pause | null {
  const width = { all: 0, namespace: 1, workload: 2 };
  const [first] = requests
    .filter((request) => isInForce(request, requests, now) && covers(request.target, workload))
    .toSorted(
      (a, b) =>
        width[a.target.scope] - width[b.target.scope] || Date.parse(b.at) - Date.parse(a.at),
    );
  return first === undefined
    ? null
    : { what: describe(first.target), by: first.by, note: first.note, until: first.until };
}

/** "everything", "namespace shop", "Deployment shop/cart" */
export function describe(target: Scope): string {
  switch (target.scope) {
    case "all":
      return "everything";
    case "namespace":
      return `namespace ${target.namespace}`;
    case "workload":
      return `${target.kind} ${target.namespace}/${target.name}`;
  }
}

/** Whether a workload is within a scope. */
export function covers(target: Scope, { namespace, kind, name }: Workload): boolean {
  if (target.scope === "all") return true;
  if (target.namespace !== namespace) return false;
  return target.scope === "namespace" || (target.kind === kind && target.name === name);
}

function isInForce(request: Request, all: readonly Request[], now: string): boolean {
  const { kind, until } = request;
  if (kind !== "pause" || (until !== null && Date.parse(until) <= Date.parse(now))) return false;
  return !all.some((end) => isEndOf(end, request));
}

function isEndOf(end: Request, pause: Request): boolean {
  return (
    end.kind === "resume" &&
    Date.parse(end.at) >= Date.parse(pause.at) &&
    isWithin(pause.target, end.target)
  );
}

function isWithin(inner: Scope, outer: Scope): boolean {
  if (outer.scope === "all") return true;
  if (inner.scope === "all" || inner.namespace !== outer.namespace) return false;
  if (outer.scope === "namespace") return true;
  return inner.scope === "workload" && inner.kind === outer.kind && inner.name === outer.name;
}

function isKept(request: Request, now: string, all: readonly Request[]): boolean {
  if (isInForce(request, all, now)) return true;
  return Date.parse(now) - Date.parse(request.at) < KEEP_MS;
}
