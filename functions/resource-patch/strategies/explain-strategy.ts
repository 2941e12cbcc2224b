import type { Situation } from "../../../shared/events/situation.ts";
import type { Rules } from "../../../shared/policy-rules.ts";
import { clusterPercent, zoneOf } from "./cluster-zone.ts";

/** Why something is done, when it is not for a load; null under a strategy that goes by loads. */
export function explainStrategy(
  { zone, vpa, load, slaClass }: Situation,
  { strategy, bands }: Rules,
): string | null {
  if (strategy === "cluster-zone" && zone !== undefined) {
    const percent = Math.round(clusterPercent(zone));
    return `the CPU limits are ${percent} % of the cluster, zone ${zoneOf(zone, bands)}, was ${zone.current ?? "none"} (${slaClass})`;
  }
  if (strategy === "vpa" && vpa !== null && vpa !== undefined) {
    return `VerticalPodAutoscaler ${vpa.name} recommends another request of ${load.resource} (${slaClass})`;
  }
  return null;
}
