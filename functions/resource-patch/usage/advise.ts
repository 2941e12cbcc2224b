import type { UsageFacts } from "../../../shared/events/usage-facts.ts";
import { resizeTimes } from "../resize-times.ts";
import type { Pod } from "../pod-facts.ts";
import { ChangeLog } from "../sizing/change-log.ts";
import type { Confidence } from "../sizing/confidence.ts";
import type { SizingSettings } from "../sizing/settings.ts";
import { sizeFromHistory } from "../sizing/size.ts";
import { cpuAdvice, memoryAdvice } from "./advice.ts";
import type { Sized } from "./containers.ts";
import { type Answers, type ContainerHistory, toHistory } from "./history.ts";
import { podKill } from "./pod-kill.ts";

/** What is known of a pod beside its usage. Equal ones get equal advice. */
export type Known = {
  sized: readonly Sized[];
  settings: SizingSettings;
  /** Seconds since 1970, in the order of time. */
  changes: readonly { atSeconds: number; cpu: boolean; memory: boolean }[];
  kills: readonly ReturnType<typeof podKill>[];
};

/** The pod's own part: what was changed and killed, apart from the decision that is being made. */
export function knownOf(
  pod: Pod,
  sized: readonly Sized[],
  settings: SizingSettings,
  { now, decisionId }: { now: string; decisionId: string },
): Known {
  const { annotations } = pod.metadata;
  const times = (resource: "cpu" | "memory") =>
    resizeTimes(annotations, resource, { now, exceptId: decisionId }).map((time) => ({
      atSeconds: Date.parse(time) / 1000,
      cpu: resource === "cpu",
      memory: resource === "memory",
    }));
  const changes = [...times("cpu"), ...times("memory")];
  return {
    sized,
    settings,
    changes: changes.toSorted((one, other) => one.atSeconds - other.atSeconds),
    kills: sized.map(({ name }) => podKill(pod, name)),
  };
}

/**
 * The usage facts from the answers of Prometheus. A resource that has no request, or that was not
 * measured in the last minutes, gets no advice: silence is not idleness.
 * @returns null when none of the containers is known to Prometheus.
 */
export function advise(answers: Answers, known: Known, nowSeconds: number): UsageFacts | null {
  const { sized, settings, kills } = known;
  const changes = new ChangeLog();
  for (const change of known.changes) changes.record(change);
  const confidences: Confidence[] = [];
  const containers = sized.map((each, index) => {
    const history = toHistory(answers, each.name, kills[index] ?? null, nowSeconds);
    const advice = sizeFromHistory(history, inForce(each, history), changes, nowSeconds, settings);
    confidences.push(advice.confidence);
    const isCpuKnown = each.cpuMillis.request > 0 && history.nowCpuMillis !== null;
    return {
      name: each.name,
      nowCpuMillis: history.nowCpuMillis,
      nowMemoryBytes: history.nowMemoryBytes,
      cpu: isCpuKnown ? cpuAdvice(advice.cpu, settings.cpu) : null,
      memory: advice.memory === null ? null : memoryAdvice(advice.memory, settings.memory),
    };
  });
  const historyHours = Math.min(...confidences.map((each) => each.historyHours));
  const isUnknown = containers.every(
    ({ nowCpuMillis, nowMemoryBytes }) => nowCpuMillis === null && nowMemoryBytes === null,
  );
  if (isUnknown) return null;
  return {
    source: "prometheus",
    historyHours,
    confidence: {
      ratio: Math.min(...confidences.map(({ ratio }) => ratio)),
      isEnough: confidences.every(({ isEnough }) => isEnough),
    },
    containers,
  };
}

function inForce(
  { cpuMillis, memoryBytes }: Sized,
  { nowMemoryBytes }: ContainerHistory,
): Parameters<typeof sizeFromHistory>[1] {
  return {
    cpu: {
      requestMillis: cpuMillis.request,
      limitMillis: cpuMillis.limit,
      bounds: cpuMillis.bounds,
    },
    memory:
      memoryBytes.request > 0 && nowMemoryBytes !== null
        ? { requestBytes: memoryBytes.request, bounds: memoryBytes.bounds }
        : null,
  };
}
