import type * as z from "zod/mini";
import type { LoadClassified } from "../../../shared/events/load.ts";

export type Load = z.infer<typeof LoadClassified.data>;

/** What alert-handle tells of a pod whose CPU is high, and whose workload is of class silver. */
export function highLoad(
  { namespace, name, uid }: { namespace: string; name: string; uid: string },
  fact: Partial<Load> = {},
): Load {
  return {
    namespace,
    pod: name,
    podUid: uid,
    resource: "cpu",
    percent: 92,
    band: "high",
    previousBand: "moderate",
    labels: { set: {}, removed: [] },
    owner: { apiVersion: "v1", kind: "Pod", namespace, name },
    managed: true,
    slaClass: "silver",
    observedAt: new Date().toISOString(),
    cause: { id: "1", type: "dev.vigie.alert.fired.v1", alertname: "PodLoadHigh" },
    ...fact,
  };
}
