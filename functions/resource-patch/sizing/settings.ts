import * as z from "zod/mini";
import type { SlaClass } from "../../../shared/policy-schema.ts";
import { HISTORY_DAYS } from "./slot-history.ts";

const percentile = z.number().check(z.minimum(50), z.maximum(100));
const minutes = z.int().check(z.minimum(0), z.maximum(1440));
const days = z.int().check(z.minimum(1), z.maximum(HISTORY_DAYS - 1));

/** When a request is changed at all. */
const Move = z.strictObject({
  /** What is needed has to be above the request by that much. */
  upRatio: z.number().check(z.minimum(0), z.maximum(1)),
  /** Or below it by that much. */
  downRatio: z.number().check(z.minimum(0), z.maximum(0.9)),
  /** Each change of the last day widens both by that much. */
  strainRatio: z.number().check(z.minimum(0), z.maximum(1)),
  /** Least time since the last change, when nothing is short. */
  upEveryMinutes: minutes,
  downEveryMinutes: minutes,
});
export type Move = z.infer<typeof Move>;

const CpuSizing = z.strictObject({
  recentMinutes: z.int().check(z.minimum(5), z.maximum(1440)),
  recentPercentile: percentile,
  /** The same hours of that many days before. */
  shapeDays: days,
  shapePercentile: percentile,
  shapeAheadMinutes: z.int().check(z.minimum(5), z.maximum(720)),
  /** The last hours, which tell whether today runs below those days. */
  trendMinutes: z.int().check(z.minimum(5), z.maximum(720)),
  /** However calm today is, that much of the shape is kept. */
  trendFloorRatio: z.number().check(z.minimum(0), z.maximum(1)),
  /** On top of what is expected. */
  marginRatio: z.number().check(z.minimum(0), z.maximum(2)),
  /** Usage above the request for that long is no spike. */
  pressureMinutes: z.int().check(z.minimum(1), z.maximum(60)),
  /** Usage over limit from which on it counts as throttled. */
  limitTouchRatio: z.number().check(z.minimum(0.5), z.maximum(1)),
  limitGrowthRatio: z.number().check(z.gt(1), z.maximum(10)),
  move: Move,
});
export type CpuSizing = z.infer<typeof CpuSizing>;

const MemorySizing = z.strictObject({
  recentHours: z.int().check(z.minimum(1), z.maximum(168)),
  /** Around the same time of that many days before. */
  shapeDays: days,
  shapeBeforeMinutes: minutes,
  shapeAheadMinutes: minutes,
  marginRatio: z.number().check(z.minimum(0), z.maximum(2)),
  /** How long a kill is remembered. */
  oomHoldHours: z.number().check(z.minimum(1), z.maximum(168)),
  /** Times the limit that killed. */
  oomBumpRatio: z.number().check(z.gt(1), z.maximum(4)),
  /** Times the largest peak on record. */
  oomPeakRatio: z.number().check(z.minimum(0), z.maximum(4)),
  move: Move,
});
export type MemorySizing = z.infer<typeof MemorySizing>;

/** How a class sizes from history. */
export const SizingSettings = z.strictObject({
  /** With less, nothing is made smaller, and CPU grows by `blindStepRatio` at most at a time. */
  minHistoryHours: z.number().check(z.minimum(1), z.maximum(168)),
  blindStepRatio: z.number().check(z.gt(1), z.maximum(10)),
  /** From here on nothing is made smaller for the rest of 24 hours. */
  changesPerDay: z.int().check(z.minimum(1), z.maximum(36)),
  cpu: CpuSizing,
  memory: MemorySizing,
});
export type SizingSettings = z.infer<typeof SizingSettings>;

const silver: SizingSettings = {
  minHistoryHours: 24,
  blindStepRatio: 2,
  changesPerDay: 11,
  cpu: {
    recentMinutes: 60,
    recentPercentile: 90,
    shapeDays: 7,
    shapePercentile: 90,
    shapeAheadMinutes: 180,
    trendMinutes: 120,
    trendFloorRatio: 0.4,
    marginRatio: 0.08,
    pressureMinutes: 10,
    limitTouchRatio: 0.98,
    limitGrowthRatio: 1.8,
    move: {
      upRatio: 0.15,
      downRatio: 0.25,
      strainRatio: 0.08,
      upEveryMinutes: 240,
      downEveryMinutes: 150,
    },
  },
  memory: {
    recentHours: 16,
    shapeDays: 7,
    shapeBeforeMinutes: 60,
    shapeAheadMinutes: 180,
    marginRatio: 0.18,
    oomHoldHours: 6,
    oomBumpRatio: 1.5,
    oomPeakRatio: 1,
    move: {
      upRatio: 0.05,
      downRatio: 0.15,
      strainRatio: 0,
      upEveryMinutes: 0,
      downEveryMinutes: 360,
    },
  },
};

/** Gold asks for more of everything than silver, and bronze for less. */
export const SIZING_DEFAULTS: Record<SlaClass, SizingSettings> = {
  gold: {
    ...silver,
    cpu: {
      ...silver.cpu,
      recentPercentile: 100,
      shapePercentile: 98,
      trendFloorRatio: 0.6,
      marginRatio: 0.3,
      limitGrowthRatio: 2,
    },
    memory: { ...silver.memory, recentHours: 48, shapeDays: 7, marginRatio: 0.3, oomBumpRatio: 2 },
  },
  silver,
  bronze: {
    ...silver,
    cpu: {
      ...silver.cpu,
      recentPercentile: 80,
      shapePercentile: 80,
      trendFloorRatio: 0.3,
      marginRatio: 0.05,
    },
    memory: { ...silver.memory, marginRatio: 0.12 },
  },
};
