import type { Situation } from "../../shared/events/situation.ts";
import type { ResourceAdvice, UsageFacts } from "../../shared/events/usage-facts.ts";

/** What is known of one container's usage of the resource in question. */
export type ContainerUsage = {
  /** null when it is not measured now. */
  nowAmount: number | null;
  /** null without a history. */
  advice: ResourceAdvice | null;
};

/** null when usage was not asked for, or nobody answered. */
export function usageFacts({ usage }: Pick<Situation, "usage">): UsageFacts | null {
  return usage !== null && "containers" in usage ? usage : null;
}

/** null when nothing is known of the container. */
export function usageOf(
  { usage, load }: Pick<Situation, "usage" | "load">,
  name: string,
): ContainerUsage | null {
  const found = usageFacts({ usage })?.containers.find((each) => each.name === name);
  if (found === undefined) return null;
  return load.resource === "cpu"
    ? { nowAmount: found.nowCpuMillis, advice: found.cpu }
    : { nowAmount: found.nowMemoryBytes, advice: found.memory };
}

/** Whether there is enough of a history to make anything smaller. */
export function canShrinkBy(situation: Pick<Situation, "usage">): boolean {
  return usageFacts(situation)?.confidence.isEnough === true;
}
