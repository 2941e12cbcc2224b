import type { Clock } from "../clock.ts";
import type { Resource } from "../resource.ts";
import type { Store } from "../store.ts";
import type { Writes } from "../writes.ts";

/** What a request for one object is about. */
export type ObjectTarget = {
  resource: Resource;
  /** "" for what belongs to the whole cluster. */
  namespace: string;
  name: string;
  /** "" for the object itself. */
  subresource: string;
};

export type ObjectParts = { store: Store; clock: Clock; writes: Writes };

/** The subresource as a write knows it: what a scale sets is a part of the object itself. */
export const writtenPart = (subresource: string): "" | "status" | "resize" =>
  subresource === "status" || subresource === "resize" ? subresource : "";
