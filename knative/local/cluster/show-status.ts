import { toTime } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { at, isRecord } from "./kube-object.ts";
import { conditionOf } from "./table-cells.ts";
import type { Resource } from "./resource.ts";
import type { Store } from "./store.ts";

/** The condition `Ready`, as whoever runs the object sees it. */
type ReadyCondition = { status: string; reason?: string; message?: string };

export type ShownStatus = {
  /** Laid over the status that there is. */
  fields: Readonly<Record<string, unknown>>;
  ready: ReadyCondition;
};

/**
 * Writes what a controller would write: `fields`, and `Ready` as the only condition. Does nothing
 * when the object is not there, and moves no time when it was as ready before.
 */
export function showStatus(
  { store, clock }: { store: Store; clock: Clock },
  resource: Resource,
  { namespace, name }: { namespace: string; name: string },
  { fields, ready }: ShownStatus,
): void {
  const current = store.get(resource, namespace, name);
  if (current === undefined) return;
  const before = conditionOf(current, "Ready");
  const since = at(before, "status") === ready.status ? at(before, "lastTransitionTime") : null;
  const lastTransitionTime = typeof since === "string" ? since : toTime(clock.nowMs());
  const known = isRecord(current["status"]) ? current["status"] : {};
  store.update(resource, {
    ...current,
    status: {
      ...known,
      observedGeneration: current.metadata.generation,
      ...fields,
      conditions: [{ type: "Ready", ...ready, lastTransitionTime }],
    },
  });
}
