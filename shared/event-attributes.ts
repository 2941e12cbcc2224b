import { ATTRIBUTE_NAME, CORE_ATTRIBUTES } from "./attribute.ts";
import type { Event } from "./events/contract.ts";
import { clip, invalid } from "./receive-fault.ts";

/** An event while it is being put together. */
export type Attributes = Record<string, unknown>;

/** A new event, its required attributes still missing. */
export function newEvent(): Attributes {
  return { specversion: "1.0", id: "", source: "", type: "" };
}

/**
 * Sets an attribute from text that is known to be one.
 * @throws PermanentError INVALID_EVENT for a name or time that CloudEvents does not allow.
 */
export function setAttribute(event: Attributes, name: string, text: string): void {
  if (name === "time") {
    if (text !== "") event["time"] = toInstant(text);
  } else if (CORE_ATTRIBUTES.has(name)) {
    // As with the SDK, an optional attribute that is empty is absent; a required one is missed later.
    if (text !== "") event[name] = text;
  } else {
    assertName(name);
    event[name] = text;
  }
}

/** @throws PermanentError INVALID_EVENT for a name that no attribute may have. */
export function assertName(name: string): void {
  if (!ATTRIBUTE_NAME.test(name)) {
    throw invalid(
      `${JSON.stringify(clip(name))}: attribute names are lower-case letters and digits`,
    );
  }
}

/** RFC 3339; the leap second it allows is none that JavaScript can tell. */
const INSTANT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Already what it would be normalized to: most are, and need no Date. */
const NORMAL =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Normalized to UTC and milliseconds, as the SDK does. */
function toInstant(text: string): string {
  if (NORMAL.test(text)) return text;
  const atMs = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) throw invalid("time: not an RFC 3339 timestamp");
  return new Date(atMs).toISOString();
}

/** @throws PermanentError INVALID_EVENT that names every required attribute that is missing. */
export function finish(event: Attributes): Event {
  if (event["id"] === "" || event["source"] === "" || event["type"] === "") {
    const missing = ["id", "source", "type"].filter((name) => event[name] === "");
    throw invalid(`${missing.join(", ")}: required, missing or empty`);
  }
  return event as Event;
}
