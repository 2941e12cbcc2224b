import { deriveId } from "../../shared/events/contract.ts";
import { type Note, recordEvent } from "../../shared/kube/events.ts";
import type { Change } from "./change.ts";
import type { Context } from "./context.ts";
import { describeAlternative, describeChange } from "./describe.ts";
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

/** Says on the pod and its workload what became of a change afterwards. Never fails. */
export async function recordLater(
  context: Context,
  pod: Pod,
  { id, changes, about }: Pick<Intent, "id" | "changes" | "about">,
  { outcome, reason, at, cause = "" }: Settled,
): Promise<void> {
  const sizes = changes.map((change) => describeChange(change)).join("; ");
  const { workload } = about ?? {};
  await record(
    context,
    workload === undefined ? [regardingPod(pod)] : [regardingPod(pod), workload],
    {
      causes: [id, outcome, cause],
      time: at,
      type: GOOD.has(outcome) ? "Normal" : "Warning",
      action: "Resize",
      reason: REASONS[outcome],
      note: GOOD.has(outcome) ? `${sizes}: ${reason}` : reason,
    },
  );
}

export function regardingPod({ metadata: { namespace, name, uid } }: Pod): Regarding {
  return { apiVersion: "v1", kind: "Pod", namespace, name, uid };
}

async function record(
  { kube, log, instance }: Context,
  objects: readonly Regarding[],
  { causes, ...note }: { causes: readonly string[] } & Omit<Note, "id" | "regarding">,
): Promise<void> {
  await Promise.all(
    objects.map(async (regarding) => {
      const { kind, namespace, name } = regarding;
      const failure = await recordEvent(
        kube,
        { id: deriveId("kube-event", ...causes, kind), regarding, ...note },
        { controller: "vigie.dev/resource-patch", instance },
      );
      if (failure === null) return;
      log.warn({ err: failure, object: `${kind} ${namespace}/${name}` }, "event lost");
    }),
  );
}

const GOOD: ReadonlySet<string> = new Set(["applied", "relieved", "held"]);

const DEEDS: Readonly<Record<Change["action"], { deed: string; done: string }>> = {
  resize: { deed: "Resize", done: "Resized" },
  "patch-owner": { deed: "TemplatePatch", done: "TemplatePatched" },
  "scale-out": { deed: "ScaleOut", done: "ScaledOut" },
  "scale-in": { deed: "ScaleIn", done: "ScaledIn" },
  "grow-volume": { deed: "VolumeGrowth", done: "VolumeGrown" },
};

/** Of whom something is said. */
export type Regarding = {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  uid: string;
};

/**
 * Says on each object what was done and why: `kubectl describe` shows it. Never fails. `cause` is the
 * event that ended it, where that was not the decision.
 */
export async function recordSettled(
  context: Context,
  objects: readonly Regarding[],
  change: Change,
  { outcome, reason, at, cause }: Settled,
): Promise<void> {
  const { load, decisionId, action, slaClass } = change;
  const { deed, done } = DEEDS[action];
  const measured = load.percent === null ? load.band : `at ${load.percent} %`;
  const whose = load.toldOf === undefined ? "" : ` of pod ${load.toldOf.pod}`;
  const by = slaClass === undefined ? "" : ` (class ${slaClass})`;
  const what = `${describeAlternative(change)}: ${load.resource} ${measured}${whose}${by}`;
  await record(context, objects, {
    causes: [decisionId, outcome, ...(cause === undefined ? [] : [cause])],
    time: at,
    type: GOOD.has(outcome) || outcome === "pending" ? "Normal" : "Warning",
    action: deed,
    reason: outcome === "applied" ? done : REASONS[outcome].replace("Resize", deed),
    note: outcome === "applied" ? what : `${what}: ${reason}`,
  });
}
