import { LoadClassified } from "../../shared/events/load.ts";
import { createCounter, createHistogram } from "../../shared/instruments.ts";
import type { FunctionMetrics } from "../../shared/metrics.ts";
import type * as z from "zod/mini";
import { FACT_BUCKETS_SECONDS, secondsSince } from "../../shared/since.ts";

const changes = createCounter({
  name: "vigie_label_changes_total",
  help: "Pods whose labels were changed, by resource and the band that is shown now.",
  labelNames: ["resource", "load"],
});

const delays = createHistogram({
  name: "vigie_fact_to_label_seconds",
  help: "From the time of the fact, as the alert has it, to the label on the pod.",
  labelNames: ["resource"],
  buckets: FACT_BUCKETS_SECONDS,
});

/** `now`: milliseconds since 1970. */
export function createAlertMetrics(now: () => number): FunctionMetrics {
  return {
    instruments: [changes, delays],
    observe(_event, { kind, reply }) {
      if (kind !== "labelled" || reply?.type !== LoadClassified.type) return;
      const { resource, band, observedAt } = reply.data as z.infer<typeof LoadClassified.data>;
      changes.add({ resource, load: band });
      delays.observe({ resource }, secondsSince(observedAt, now()));
    },
  };
}
