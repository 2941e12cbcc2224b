import type { Change } from "../change.ts";
import type { Intent } from "../intent.ts";
import type { Site } from "./site.ts";
import type { Target } from "./target.ts";
import { templateHas } from "./template.ts";

/** Whether a workload has exactly one side of a change. */
export function isThere(
  { owner }: Pick<Site, "owner">,
  target: Target,
  { action, load }: Pick<Change, "action" | "load">,
  intent: Pick<Intent, "changes" | "replicas">,
  side: "before" | "after",
): boolean {
  return action === "patch-owner"
    ? templateHas(owner, target, load.resource, intent.changes, side)
    : (target.spec?.replicas ?? 1) === intent.replicas?.[side];
}
