import type { ContainerChange } from "../../../shared/events/change.ts";
import { isGuaranteed } from "../size.ts";
import { toAmount } from "../totals.ts";
import { usageOf } from "../usage-advice.ts";
import { isAtLeast } from "../version.ts";
import { type Candidate, type Guard, SIZES } from "./guard.ts";
import { MEMORY_DOWN_VERSION } from "./pod.ts";

/** The kubelet leaves out a container that uses more than its new limit: near it is a race. */
const MEMORY_DOWN_USE_RATIO = 0.9;

/** What the new sizes would do to the pod itself. */
export const NEW_SIZES: readonly Guard[] = [
  {
    code: "RESTART_NEEDED",
    for: ["resize"],
    test: ({ situation: { pod, load }, draft: { changes } }) => {
      const names = pod.containers
        .filter(({ restartsOnResize }) => restartsOnResize)
        .map(({ name }) => name)
        .filter((name) => changes.some(({ container }) => container === name));
      return names.length === 0
        ? null
        : `a change of ${load.resource} would restart ${names.join(", ")} (resizePolicy)`;
    },
  },
  {
    code: "QOS_WOULD_CHANGE",
    for: SIZES,
    test: ({ situation: { load }, draft: { changes } }) => {
      const changed = changes.find(
        ({ before, after }) =>
          isGuaranteed(before, load.resource) !== isGuaranteed(after, load.resource),
      );
      return changed === undefined
        ? null
        : `the QoS class of the pod would change with container ${changed.container}`;
    },
  },
  {
    code: "MEMORY_DOWN_UNSAFE",
    for: SIZES,
    test: memoryDownFault,
  },
];

function memoryDownFault({ draft, situation, policy }: Candidate): string | null {
  if (situation.load.resource !== "memory" || draft.direction !== "down") return null;
  if (!policy.memory.canShrink) return "memory is not made smaller, by policy";
  const lowered = draft.changes.filter(isLimitLowered);
  for (const change of lowered) {
    const nowBytes = usageOf(situation, change.container)?.nowAmount ?? null;
    if (nowBytes === null) {
      return `a memory limit goes down only below a known use; that of ${change.container} is not known`;
    }
    if (nowBytes > toAmount(change.after.limit, "memory") * MEMORY_DOWN_USE_RATIO) {
      return `${change.container} uses nearly as much memory as its new limit`;
    }
  }
  if (lowered.length === 0 || draft.action !== "resize") return null;
  const versions = {
    "the API server": situation.surroundings?.serverVersion ?? null,
    "the pod's kubelet": situation.surroundings?.node?.kubeletVersion ?? null,
  };
  for (const [who, version] of Object.entries(versions)) {
    if (isAtLeast(version, MEMORY_DOWN_VERSION) !== true) {
      return `a memory limit goes down in place from ${MEMORY_DOWN_VERSION} on, and ${who} is ${version ?? "of an unknown version"}`;
    }
  }
  return null;
}

function isLimitLowered({ before, after }: ContainerChange): boolean {
  return (
    before.limit !== null &&
    after.limit !== null &&
    toAmount(after.limit, "memory") < toAmount(before.limit, "memory")
  );
}
