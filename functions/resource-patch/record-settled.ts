import { deriveId } from "../../shared/events/contract.ts";
import { recordEvent } from "../../shared/kube/events.ts";
import type { Change } from "./change.ts";
import type { Context } from "./context.ts";
import { describeAlternative } from "./describe.ts";
import type { Settled } from "./intent.ts";

/** What `kubectl get events` shows as the reason, after the name of what was tried. */
const ENDINGS: Readonly<Record<Exclude<Settled["outcome"], "applied">, string>> = {
  deferred: "Deferred",
  pending: "Pending",
  expired: "Expired",
  infeasible: "Infeasible",
  error: "Failed",
  refused: "Refused",
  dropped: "Dropped",
};

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
          reason: outcome === "applied" ? done : `${deed}${ENDINGS[outcome]}`,
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
