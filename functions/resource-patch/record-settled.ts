import { deriveId } from "../../shared/events/contract.ts";
import { recordEvent } from "../../shared/kube/events.ts";
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

/** Says on each object what was done and why: `kubectl describe` shows it. Never fails. */
export async function recordSettled(
  { kube, log, instance }: Context,
  objects: readonly Regarding[],
  change: Change,
  { outcome, reason, at }: Settled,
): Promise<void> {
  const { load, decisionId, action, slaClass } = change;
  const { deed, done } = DEEDS[action];
  const isGood = outcome === "applied" || outcome === "pending";
  const measured = load.percent === null ? load.band : `at ${load.percent} %`;
  const whose = load.toldOf === undefined ? "" : ` of pod ${load.toldOf.pod}`;
  const by = slaClass === undefined ? "" : ` (class ${slaClass})`;
  const what = `${describeAlternative(change)}: ${load.resource} ${measured}${whose}${by}`;
  await Promise.all(
    objects.map(async (regarding) => {
      const failure = await recordEvent(
        kube,
        {
          id: deriveId("kube-event", decisionId, outcome, regarding.kind),
          regarding,
          time: at,
          type: isGood ? "Normal" : "Warning",
          action: deed,
          reason: outcome === "applied" ? done : REASONS[outcome].replace("Resize", deed),
          note: outcome === "applied" ? what : `${what}: ${reason}`,
        },
        { controller: "vigie.dev/resource-patch", instance },
      );
      const { namespace, name } = regarding;
      if (failure !== null)
        log.warn({ err: failure, object: `${namespace}/${name}` }, "event lost");
    }),
  );
}
