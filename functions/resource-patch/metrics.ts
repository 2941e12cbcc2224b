import { type DecisionRecord, ResourcesDecided } from "../../shared/events/decided.ts";
import { ResourcesSettled, type Settlement } from "../../shared/events/settled.ts";
import { createCounter, createHistogram } from "../../shared/instruments.ts";
import type { FunctionMetrics } from "../../shared/metrics.ts";
import { FACT_BUCKETS_SECONDS, secondsSince } from "../../shared/since.ts";

const decisions = createCounter({
  name: "vigie_decisions_total",
  help: "Decisions, by the action that was chosen and what is to become of it.",
  labelNames: ["action", "outcome", "sla"],
});

const guards = createCounter({
  name: "vigie_guard_hits_total",
  help: "Actions that were forbidden, by the guard.",
  labelNames: ["action", "guard"],
});

const resizes = createCounter({
  name: "vigie_resizes_total",
  help: "Decisions that were carried out or were not, by the verdict.",
  labelNames: ["resource", "outcome"],
});

const delays = createHistogram({
  name: "vigie_fact_to_resize_seconds",
  help: "From the time of the fact, as the alert has it, to containers that run with the new size.",
  labelNames: ["resource"],
  buckets: FACT_BUCKETS_SECONDS,
});

/** Counts what the replies tell. What came before was checked when the reply was made. */
export const metrics: FunctionMetrics = {
  instruments: [decisions, guards, resizes, delays],
  observe({ type, data }, { reply }) {
    if (reply?.type === ResourcesDecided.type) {
      const { chosen, outcome, inputs, alternatives } = reply.data as DecisionRecord;
      decisions.add({ action: chosen, outcome, sla: inputs.slaClass });
      for (const alternative of alternatives) {
        for (const { code } of alternative.guards) {
          guards.add({ action: alternative.action, guard: code });
        }
      }
    } else if (reply?.type === ResourcesSettled.type) {
      const { resource, outcome, at } = reply.data as Settlement;
      resizes.add({ resource, outcome });
      if (outcome !== "applied" || type !== ResourcesDecided.type) return;
      const { observedAt } = (data as DecisionRecord).inputs.load;
      delays.observe({ resource }, secondsSince(observedAt, Date.parse(at)));
    }
  },
};
