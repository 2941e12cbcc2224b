import { deriveId } from "../../shared/events/contract.ts";
import type { ContainerChange, DecisionRecord } from "../../shared/events/resources.ts";
import { recordEvent } from "../../shared/kube/events.ts";
import type { Context } from "./context.ts";
import { describeChange } from "./describe.ts";
import type { Intent, Settled } from "./intent.ts";
import type { Pod } from "./pod-facts.ts";

const REASONS: Readonly<Record<Settled["outcome"], string>> = {
  applied: "Resized",
  deferred: "ResizeDeferred",
  pending: "ResizePending",
  infeasible: "ResizeInfeasible",
  error: "ResizeFailed",
  refused: "ResizeRefused",
  dropped: "ResizeDropped",
  denied: "ResizeDenied",
  expired: "ResizeExpired",
  relieved: "ResizeRelieved",
  held: "ResizeHeld",
  reverted: "ResizeReverted",
  unrelieved: "ResizeUnrelieved",
  superseded: "ResizeSuperseded",
};

/** Says on the pod what became of a change afterwards. Never fails. */
export async function recordLater(
  { kube, log, instance }: Context,
  { metadata }: Pod,
  { id, changes }: Pick<Intent, "id" | "changes">,
  { outcome, reason, at, cause = "" }: Settled,
): Promise<void> {
  const { namespace, name, uid } = metadata;
  const sizes = changes.map((change) => describeChange(change)).join("; ");
  const failure = await recordEvent(
    kube,
    {
      id: deriveId("kube-event", id, outcome, cause),
      regarding: { apiVersion: "v1", kind: "Pod", namespace, name, uid },
      time: at,
      type: GOOD.has(outcome) ? "Normal" : "Warning",
      action: "Resize",
      reason: REASONS[outcome],
      note: GOOD.has(outcome) ? `${sizes}: ${reason}` : reason,
    },
    { controller: "vigie.dev/resource-patch", instance },
  );
  if (failure !== null) log.warn({ err: failure, pod: `${namespace}/${name}` }, "event lost");
}

const GOOD: ReadonlySet<string> = new Set(["applied", "relieved", "held"]);

/** Says on the pod what was done and why: `kubectl describe pod` shows it. Never fails. */
export async function recordSettled(
  { kube, log, instance }: Context,
  { metadata }: Pod,
  record: DecisionRecord,
  changes: readonly ContainerChange[],
  { outcome, reason, at }: Settled,
): Promise<void> {
  const { namespace, name, uid } = metadata;
  const { load, slaClass } = record.inputs;
  const sizes = changes.map((change) => describeChange(change)).join("; ");
  const isGood = outcome === "applied" || outcome === "pending";
  const why = `${load.resource} at ${load.percent} % (class ${slaClass})`;
  const failure = await recordEvent(
    kube,
    {
      id: deriveId("kube-event", record.id),
      regarding: { apiVersion: "v1", kind: "Pod", namespace, name, uid },
      time: at,
      type: isGood ? "Normal" : "Warning",
      action: "Resize",
      reason: REASONS[outcome],
      note: outcome === "applied" ? `${sizes}: ${why}` : `${sizes}: ${why}: ${reason}`,
    },
    { controller: "vigie.dev/resource-patch", instance },
  );
  if (failure !== null) log.warn({ err: failure, pod: `${namespace}/${name}` }, "event lost");
}
