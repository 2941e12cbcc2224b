import type { Situation } from "../../shared/events/situation.ts";
import { isOurs } from "./size.ts";
import { amountKey, toAmount, totalsOf } from "./totals.ts";

/** Below that it is not worth a change: then it is said what is in the way. */
const LEAST_USEFUL_RATIO = 1.05;

/**
 * By how much the sizes of a pod can be multiplied at most before something known is in the way: its
 * node (for a rollout: every node), a quota, a LimitRange. So what grows, grows as far as there is
 * room, instead of not at all. Infinite where nothing is known, and where there is no room to speak
 * of: then the guards say which it was. It does not depend on the load: more load never gets less.
 */
export function roomRatio(situation: Situation, action: "resize" | "patch-owner"): number {
  const { surroundings, pod, load } = situation;
  if (surroundings === null) return Number.POSITIVE_INFINITY;
  const { node, otherNodesFree, quota, podLimits, containerLimits, workload } = surroundings;
  const key = amountKey(load.resource);
  const totals = totalsOf(situation);
  const ours = pod.containers.filter(isOurs);
  const pods = action === "resize" ? 1 : Math.max(1, workload?.replicas?.desired ?? 1);
  const free = node === null ? null : node.allocatable[key] - node.requested[key];

  const requests: (number | null)[] = [left(totals.request, quota?.requestsLeft[key])];
  const limits: (number | null)[] = [left(totals.limit, quota?.limitsLeft[key])];
  if (podLimits !== null) {
    requests.push(podLimits.max[key]);
    limits.push(podLimits.max[key]);
  }
  if (action === "resize" && node !== null && free !== null) {
    requests.push(node.allocatable[key]);
    requests.push(totals.request + free + node.requestedByLowerPriority[key]);
  }
  if (action === "patch-owner" && otherNodesFree !== null) {
    const own = node?.isSchedulable === true ? (free ?? 0) : 0;
    requests.push(Math.max(own, ...otherNodesFree.map((each) => each[key])));
  }
  const ratio = Math.min(
    ...requests.map((most) => over(most, totals.request)),
    ...limits.map((most) => over(most, totals.limit)),
    ...ours.map(({ share }) =>
      over(
        containerLimits?.max[key] ?? null,
        Math.max(toAmount(share.limit, load.resource), toAmount(share.request, load.resource)),
      ),
    ),
  );
  return ratio >= LEAST_USEFUL_RATIO ? ratio : Number.POSITIVE_INFINITY;

  /** What a pod may have in all, when the quota leaves so much for all pods that grow. */
  function left(total: number, amount: number | null | undefined): number | null {
    return amount === null || amount === undefined ? null : total + amount / pods;
  }

  function over(most: number | null, now: number): number {
    return most === null || now <= 0 ? Number.POSITIVE_INFINITY : most / now;
  }
}
