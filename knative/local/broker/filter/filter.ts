import type { CloudEvent } from "../cloud-event.ts";

/** Only "fail" blocks an event. "none" says nothing about it, and so delivers. */
export type FilterResult = "pass" | "fail" | "none";

/** A compiled filter. Pure. */
export type Filter = (event: CloudEvent) => FilterResult;

export const noFilter: Filter = () => "none";
