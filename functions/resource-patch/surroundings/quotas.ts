import type { V1ResourceQuota } from "@kubernetes/client-node";
import type { Surroundings } from "../../../shared/events/surroundings.ts";
import { parseCpuMillis, parseMemoryBytes } from "../../../shared/quantity.ts";
import type { Pod } from "../pod-facts.ts";
import { isCounted } from "./quota-scope.ts";

/**
 * What the quotas that count this pod leave of each, the tightest of several.
 * @returns null while a quota is so new that nothing was counted for it.
 */
export function quotaLeft(pod: Pod, quotas: readonly V1ResourceQuota[]): Surroundings["quota"] {
  const counted = quotas.filter((quota) => isCounted(pod, quota));
  if (counted.some(({ spec, status }) => spec?.hard !== undefined && status?.hard === undefined)) {
    return null;
  }
  const tightest = (names: readonly string[], parse: (quantity: string | number) => number) => {
    const rooms = counted.flatMap(({ status }) =>
      names.flatMap((name) => {
        const hard = status?.hard?.[name];
        // Over the quota counts as nothing left: it may have been lowered since.
        return hard === undefined
          ? []
          : [Math.max(0, parse(hard) - parse(status?.used?.[name] ?? 0))];
      }),
    );
    return rooms.length === 0 ? null : Math.min(...rooms);
  };
  return {
    // A quota's plain cpu and memory are those of the requests.
    requestsLeft: {
      cpuMillis: tightest(["requests.cpu", "cpu"], parseCpuMillis),
      memoryBytes: tightest(["requests.memory", "memory"], parseMemoryBytes),
    },
    limitsLeft: {
      cpuMillis: tightest(["limits.cpu"], parseCpuMillis),
      memoryBytes: tightest(["limits.memory"], parseMemoryBytes),
    },
    podsLeft: tightest(["pods", "count/pods"], parseMemoryBytes),
  };
}
