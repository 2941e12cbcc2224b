import { Ping } from "../../shared/events/ping.ts";
import { LabelsScanned } from "../../shared/events/scan.ts";
import { createGauge } from "../../shared/instruments.ts";
import type { FunctionMetrics } from "../../shared/metrics.ts";
import type * as z from "zod/mini";

const reviewedAt = createGauge({
  name: "vigie_last_review_timestamp_seconds",
  help: "When the clock's last review of all workloads had ended, in seconds since 1970.",
});
const pods = createGauge({ name: "vigie_scanned_pods", help: "Pods that the last review saw." });
const managed = createGauge({
  name: "vigie_managed_workloads",
  help: "Workloads that had opted in at the last review.",
});

/** `now`: milliseconds since 1970. A scan that somebody asked for is no review: it may be of a part. */
export function createScanMetrics(now: () => number): FunctionMetrics {
  return {
    instruments: [reviewedAt, pods, managed],
    observe(event, { reply }) {
      if (event.type !== Ping.type || reply?.type !== LabelsScanned.type) return;
      const seen = reply.data as z.infer<typeof LabelsScanned.data>;
      reviewedAt.set(now() / 1000);
      pods.set(seen.pods);
      managed.set(seen.managed);
    },
  };
}
