import type { SlaClass } from "./policy-class.ts";
import type { SizingSettings } from "./policy-sizing.ts";

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
    trendMinutes: 180,
    trendFloorRatio: 0.4,
    marginRatio: 0.08,
    pressureMinutes: 10,
    limitTouchRatio: 0.98,
    limitGrowthRatio: 1.8,
    limitPercentile: 95,
    move: {
      upRatio: 0.05,
      downRatio: 0.08,
      strainRatio: 0.8,
      upEveryMinutes: 240,
      downEveryMinutes: 120,
    },
  },
  memory: {
    recentHours: 8,
    shapeDays: 7,
    shapeBeforeMinutes: 60,
    shapeAheadMinutes: 180,
    marginRatio: 0.22,
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
      limitPercentile: 98,
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
      limitPercentile: 90,
    },
    memory: { ...silver.memory, marginRatio: 0.12 },
  },
};
