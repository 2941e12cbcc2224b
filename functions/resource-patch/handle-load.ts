import { deriveId, type Event } from "../../shared/events/contract.ts";
import type { LoadClassified } from "../../shared/events/load.ts";
import type { Outcome } from "../../shared/function.ts";
import { rulesFor } from "../../shared/policy-rules.ts";
import type * as z from "zod/mini";
import type { Context } from "./context.ts";
import { decide } from "./decide.ts";
import { readSituation } from "./situation.ts";
import { toDecided } from "./to-decided.ts";

type Load = z.infer<typeof LoadClassified.data>;

/** Decides, and only says so: the broker keeps the decision before anything is written. */
export async function handleLoad(
  event: Event<Load> & { data: Load },
  context: Context,
): Promise<Outcome> {
  const { policy, now } = context;
  const { namespace, pod, podUid, resource, percent, band, observedAt } = event.data;
  const seen = await readSituation(context, {
    decisionId: deriveId("decision", event.source, event.id),
    now: new Date(now()).toISOString(),
    pod: { namespace, name: pod },
    load: { cause: event.id, podUid, resource, percent, band, observedAt },
  });
  if (seen === null) return { kind: "gone", reason: "the pod has gone" };
  const { situation } = seen;
  const record = decide(situation, rulesFor(policy, situation.slaClass));
  return { kind: record.outcome, reason: record.reason, reply: toDecided(record) };
}
