import { deriveId, type Event } from "../../../shared/events/contract.ts";
import type { WorkloadFound } from "../../../shared/events/scan.ts";
import type { Outcome } from "../../../shared/function.ts";
import { rulesFor } from "../../../shared/policy-rules.ts";
import type * as z from "zod/mini";
import type { Context } from "../context.ts";
import { decide } from "../decide.ts";
import { toDecided } from "../to-decided.ts";
import { readZoneSituation } from "./zone-situation.ts";

type Found = z.infer<typeof WorkloadFound.data>;

/**
 * A review of a workload that has opted in, with the strategy cluster-zone: decides for a
 * Deployment, and says so when there is something to do, or somebody asked. Most reviews of the clock
 * find the zone as it was.
 */
export async function handleFound(
  event: Event<Found> & { data: Found },
  context: Context,
): Promise<Outcome> {
  const { policy, now } = context;
  const { kind, namespace, name, asked } = event.data;
  if (policy.strategy !== "cluster-zone") {
    return { kind: "skipped", reason: `strategy ${policy.strategy} does not go by reviews` };
  }
  if (kind !== "Deployment") {
    return { kind: "skipped", reason: `zones are for Deployments, and this is a ${kind}` };
  }
  const at = new Date(now()).toISOString();
  const seen = await readZoneSituation(context, {
    decisionId: deriveId("decision", event.source, event.id),
    now: at,
    namespace,
    name,
    cause: event.id,
    observedAt: event.time ?? at,
  });
  if (typeof seen === "string") return { kind: "gone", reason: seen };
  const record = decide(seen.situation, rulesFor(policy, seen.situation.slaClass));
  const { outcome, reason } = record;
  if (outcome === "keep" && asked !== true) return { kind: outcome, reason };
  return { kind: outcome, reason, reply: toDecided(record) };
}
