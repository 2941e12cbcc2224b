import { counted } from "../../../shared/counted.ts";
import type { Resource } from "../../../shared/policy-schema.ts";
import { formatCpuMillis, formatMemoryBytes } from "../../../shared/quantity.ts";
import { amountKey, toAmount, totalsOf } from "../totals.ts";
import type { Candidate, Guard } from "./guard.ts";
import { SIZES } from "./guard.ts";

/** Where it would not fit. What is not known here is for the API server and the kubelet to say. */
export const ROOM: readonly Guard[] = [
  { code: "LIMIT_RANGE", for: SIZES, test: limitRangeFault },
  { code: "QUOTA", for: ["resize", "patch-owner", "scale-out"], test: quotaFault },
  {
    code: "NODE_TOO_SMALL",
    for: ["resize"],
    test: (candidate) => {
      const node = nodeOfGrowth(candidate);
      if (node === null) return null;
      const { draft, situation } = candidate;
      const { resource } = situation.load;
      const allocatable = node.allocatable[amountKey(resource)];
      const wanted = totalsOf(situation, draft.changes).request;
      return wanted > allocatable
        ? `${write(wanted, resource)} is more than node ${node.name} has at all (${write(allocatable, resource)})`
        : null;
    },
  },
  { code: "NODE_FULL", for: ["resize"], test: nodeFullFault },
  {
    code: "NODE_PRESSURE",
    for: ["resize"],
    test: ({ draft, situation }) => {
      const node = situation.surroundings?.node ?? null;
      const isMore = draft.direction === "up" && situation.load.resource === "memory";
      return isMore && node !== null && node.pressures.includes("MemoryPressure")
        ? `node ${node.name} is short of memory (MemoryPressure)`
        : null;
    },
  },
  {
    code: "NO_NODE_FITS",
    for: ["scale-out", "patch-owner"],
    test: ({ draft, situation }) => {
      const free = situation.surroundings?.otherNodesFree ?? null;
      const node = situation.surroundings?.node ?? null;
      if (free === null || draft.direction !== "up") return null;
      const key = amountKey(situation.load.resource);
      const wanted = totalsOf(situation, draft.changes).request;
      const own =
        node === null || !node.isSchedulable ? 0 : node.allocatable[key] - node.requested[key];
      const most = Math.max(own, ...free.map((each) => each[key]));
      return wanted > most
        ? `no node has room for another pod of ${write(wanted, situation.load.resource)}`
        : null;
    },
  },
  {
    code: "VOLUME_NOT_EXPANDABLE",
    for: ["grow-volume"],
    test: (candidate) => {
      const volume = volumeOf(candidate);
      return volume?.allowsExpansion === false
        ? `StorageClass ${volume.storageClass ?? "of nobody"} of ${volume.claim} does not allow it`
        : null;
    },
  },
  {
    code: "VOLUME_RESIZING",
    for: ["grow-volume"],
    test: (candidate) => {
      const volume = volumeOf(candidate);
      return volume === null || volume.condition === null
        ? null
        : `${volume.claim} is being resized: ${volume.condition}`;
    },
  },
];

function limitRangeFault({ draft, situation }: Candidate): string | null {
  const { containerLimits = null, podLimits = null } = situation.surroundings ?? {};
  const { resource } = situation.load;
  const key = amountKey(resource);
  for (const { container, after } of draft.changes) {
    if (containerLimits === null) break;
    const [request, limit] = [toAmount(after.request, resource), toAmount(after.limit, resource)];
    const { min, max, maxLimitRequestRatio } = containerLimits;
    const [least, most, ratio] = [min[key], max[key], maxLimitRequestRatio[key]];
    if (least !== null && request > 0 && request < least) {
      return `${container}: ${write(request, resource)} is below the LimitRange's ${write(least, resource)}`;
    }
    if (most !== null && Math.max(request, limit) > most) {
      return `${container}: ${write(Math.max(request, limit), resource)} is above the LimitRange's ${write(most, resource)}`;
    }
    if (ratio !== null && request > 0 && limit > request * ratio) {
      return `${container}: a limit above ${ratio} times the request, which is the LimitRange's most`;
    }
  }
  if (podLimits === null || draft.changes.length === 0) return null;
  const totals = totalsOf(situation, draft.changes);
  const [least, most] = [podLimits.min[key], podLimits.max[key]];
  if (least !== null && totals.request < least) {
    return `the pod: ${write(totals.request, resource)} is below the LimitRange's ${write(least, resource)}`;
  }
  return most !== null && Math.max(totals.request, totals.limit) > most
    ? `the pod: ${write(Math.max(totals.request, totals.limit), resource)} is above the LimitRange's ${write(most, resource)}`
    : null;
}

function quotaFault({ draft, situation }: Candidate): string | null {
  const quota = situation.surroundings?.quota ?? null;
  if (quota === null || draft.direction !== "up") return null;
  const { resource } = situation.load;
  const key = amountKey(resource);
  const [before, after] = [totalsOf(situation), totalsOf(situation, draft.changes)];
  const { replicas } = draft;
  const added = replicas === null ? 0 : replicas.after - replicas.before;
  if (quota.podsLeft !== null && added > quota.podsLeft) {
    return `the quota leaves ${counted(quota.podsLeft, "pod")}, and ${added} more ${added === 1 ? "is" : "are"} wanted`;
  }
  const pods =
    draft.action === "patch-owner"
      ? Math.max(1, situation.surroundings?.workload?.replicas?.desired ?? 1)
      : 1;
  for (const kind of ["request", "limit"] as const) {
    const wanted = replicas === null ? (after[kind] - before[kind]) * pods : before[kind] * added;
    const left = (kind === "request" ? quota.requestsLeft : quota.limitsLeft)[key];
    if (left !== null && wanted > left) {
      return `the quota leaves ${write(left, resource)} of ${kind}s, and ${write(wanted, resource)} more are wanted`;
    }
  }
  return null;
}

/**
 * The kubelet tries a resize again that does not fit now, those of high priority first: what pods of
 * lower priority ask for counts as room.
 */
function nodeFullFault(candidate: Candidate): string | null {
  const node = nodeOfGrowth(candidate);
  if (node === null) return null;
  const { draft, situation } = candidate;
  const { resource } = situation.load;
  const key = amountKey(resource);
  const whole = totalsOf(situation, draft.changes).request;
  // Larger than the node is another guard's.
  if (whole > node.allocatable[key]) return null;
  const wanted = whole - totalsOf(situation).request;
  const room = node.allocatable[key] - node.requested[key] + node.requestedByLowerPriority[key];
  return wanted > 0 && wanted > room
    ? `node ${node.name} has ${write(Math.max(0, room), resource)} left, and ${write(wanted, resource)} more are wanted`
    : null;
}

/** The pod's node, when sizes on it grow. */
function nodeOfGrowth({ draft, situation }: Candidate) {
  return draft.direction === "up" ? (situation.surroundings?.node ?? null) : null;
}

function volumeOf({ draft, situation }: Candidate) {
  const volumes = situation.surroundings?.volumes ?? [];
  return volumes.find(({ claim }) => claim === draft.volume?.claim) ?? null;
}

/** Amounts of others may have fractions; people read whole ones. */
function write(amount: number, resource: Resource): string {
  const whole = Math.ceil(amount);
  return resource === "cpu" ? formatCpuMillis(whole) : formatMemoryBytes(whole);
}
