import { type Bounds, withinBounds } from "./bounds.ts";
import type { ChangeLog } from "./change-log.ts";
import { type Confidence, confidenceOf } from "./confidence.ts";
import { type CpuNeed, cpuNeed } from "./cpu-need.ts";
import { type MemoryNeed, memoryNeed } from "./memory-need.ts";
import { type Moved, move } from "./move.ts";
import type { SizingSettings } from "./settings.ts";
import type { UsageHistory } from "./usage-record.ts";

/** What is in force, and what bounds it. */
export type Container = {
  cpu: { requestMillis: number; limitMillis: number | null; bounds: Bounds };
  /** null where memory is not measured. */
  memory: { requestBytes: number; bounds: Bounds } | null;
};

/** Amounts are cpuMillis and bytes. */
export type SizeAdvice = {
  cpu: Moved & { need: CpuNeed };
  /** null where memory is not measured. */
  memory: (Moved & { need: MemoryNeed }) | null;
  /** Of the history of CPU. */
  confidence: Confidence;
};

/**
 * The requests of a container from the record of its usage. Pure: the same record, changes and
 * moment give the same advice, and advice that was followed (and put in the log) is kept.
 */
export function sizeFromHistory(
  record: UsageHistory,
  container: Container,
  changes: ChangeLog,
  nowSeconds: number,
  settings: SizingSettings,
): SizeAdvice {
  const { minHistoryHours } = settings;
  const confidenceIn = (resource: "cpu" | "memory") =>
    confidenceOf(record[resource], nowSeconds, {
      shapeDays: settings[resource].shapeDays,
      minHistoryHours,
    });
  const confidence = confidenceIn("cpu");
  const past = (resource: "cpu" | "memory", { isEnough }: Confidence) => ({
    changesLastDay: changes.countLastDay(nowSeconds),
    ownChangesLastDay: changes.countOf(resource, nowSeconds),
    secondsSinceChange: changes.secondsSince(resource, nowSeconds),
    canShrink: isEnough,
  });
  return {
    cpu: cpuAdvice(),
    memory: memoryAdvice(),
    confidence,
  };

  function cpuAdvice(): SizeAdvice["cpu"] {
    const { requestMillis, limitMillis, bounds } = container.cpu;
    const share = { request: requestMillis, limit: limitMillis };
    const need = cpuNeed(record, share, nowSeconds, settings.cpu);
    // With little history one sample can be anything: a step, then look again.
    const most = confidence.isEnough
      ? need.needMillis
      : Math.min(need.needMillis, requestMillis * settings.blindStepRatio);
    const wish = {
      current: requestMillis,
      wanted: withinBounds(most, bounds),
      isUrgent: need.pressureMillis !== null,
      isForced: need.growthMillis !== null || need.hasStoodAbove,
    };
    return {
      ...move(wish, past("cpu", confidence), settings.cpu.move, settings.changesPerDay),
      need,
    };
  }

  function memoryAdvice(): SizeAdvice["memory"] {
    if (container.memory === null) return null;
    const { requestBytes, bounds } = container.memory;
    const need = memoryNeed(record, nowSeconds, settings.memory);
    const wish = {
      current: requestBytes,
      wanted: withinBounds(need.needBytes, bounds),
      isUrgent: true,
      isForced: need.basis === "oom",
    };
    // Measured by others than CPU, it may be known for a shorter time.
    const known = past("memory", confidenceIn("memory"));
    return { ...move(wish, known, settings.memory.move, settings.changesPerDay), need };
  }
}
