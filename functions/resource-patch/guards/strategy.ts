import type { Situation } from "../../../shared/events/situation.ts";
import type { VpaFacts } from "../../../shared/events/strategy-facts.ts";
import { type Guard, SIZES } from "./guard.ts";

/** What the strategy has nothing to go by for, or no change. */
export const STRATEGY: readonly Guard[] = [
  {
    code: "NOT_BY_LOAD",
    for: ["resize"],
    test: ({ rules: { strategy }, situation: { zone } }) =>
      strategy === "cluster-zone" && zone === undefined
        ? "sizes follow the zone of the cluster, at its next review (strategy cluster-zone)"
        : null,
  },
  {
    code: "ZONE_UNCHANGED",
    for: ["patch-owner"],
    test: ({ rules: { strategy }, situation: { zone }, draft: { labels } }) =>
      strategy === "cluster-zone" && zone !== undefined && labels === undefined
        ? `the cluster is still in zone ${zone.current ?? "none"}`
        : null,
  },
  {
    code: "ONLY_DEPLOYMENTS",
    for: ["patch-owner"],
    test: ({ rules: { strategy }, situation: { owner } }) =>
      strategy === "cluster-zone" && owner.kind !== "Deployment"
        ? `zones are for Deployments, and this is a ${owner.kind}`
        : null,
  },
  {
    code: "NO_VPA_TARGET",
    for: SIZES,
    test: ({ rules: { strategy }, situation: { vpa, owner, pod } }) => {
      if (strategy !== "vpa") return null;
      if (vpa === null || vpa === undefined) {
        return `no VerticalPodAutoscaler of mode Off recommends anything for ${owner.kind} ${owner.name}`;
      }
      return namesOne(vpa, pod)
        ? null
        : `VerticalPodAutoscaler ${vpa.name} says nothing of these containers`;
    },
  },
  {
    code: "AT_VPA_TARGET",
    for: ["resize"],
    test: ({ rules: { strategy }, situation: { vpa, pod }, draft }) =>
      strategy === "vpa" &&
      vpa !== null &&
      vpa !== undefined &&
      namesOne(vpa, pod) &&
      draft.changes.length === 0
        ? `the requests are what VerticalPodAutoscaler ${vpa.name} recommends, or as near as the class lets them`
        : null,
  },
];

/** Whether anything is recommended for a container of the pod. */
function namesOne({ containers }: VpaFacts, pod: Situation["pod"]): boolean {
  return pod.containers.some(({ name }) => containers.some((each) => each.name === name));
}
