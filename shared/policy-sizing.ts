import * as z from "zod/mini";

const percentile = z.number().check(z.minimum(50), z.maximum(100));
const minutes = z.int().check(z.minimum(0), z.maximum(1440));
/** The record of usage reaches eight days back: seven whole ones before today. */
const days = z.int().check(z.minimum(1), z.maximum(7));

/** When a request is changed at all. */
const Move = z.lazy(() =>
  z.strictObject({
    /** What is needed has to be above the request by that much. */
    upRatio: z.number().check(z.minimum(0), z.maximum(1)),
    /** Or below it by that much. */
    downRatio: z.number().check(z.minimum(0), z.maximum(0.9)),
    /** Each change of the resource in the last day widens both by that much of themselves. */
    strainRatio: z.number().check(z.minimum(0), z.maximum(1)),
    /** Least time since the last change, when nothing is short. */
    upEveryMinutes: minutes,
    downEveryMinutes: minutes,
  }),
);
export type Move = z.infer<typeof Move>;

const CpuSizing = z.lazy(() =>
  z.strictObject({
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
    /** Usage above the request for that long is no spike; for twice that long any step up is due. */
    pressureMinutes: z.int().check(z.minimum(1), z.maximum(60)),
    /** Usage over limit from which on it counts as throttled. */
    limitTouchRatio: z.number().check(z.minimum(0.5), z.maximum(1)),
    limitGrowthRatio: z.number().check(z.gt(1), z.maximum(10)),
    /** Of all usage on record: the level to which the request grows at once when it is throttled. */
    limitPercentile: percentile,
    move: Move,
  }),
);
export type CpuSizing = z.infer<typeof CpuSizing>;

const MemorySizing = z.lazy(() =>
  z.strictObject({
    /** For how long a peak of twice the mean is kept: a higher one shorter, a lower one longer. */
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
  }),
);
export type MemorySizing = z.infer<typeof MemorySizing>;

/** How a class sizes from history. */
export const SizingSettings = z.lazy(() =>
  z.strictObject({
    /** With less, nothing is made smaller, and CPU grows by `blindStepRatio` at most at a time. */
    minHistoryHours: z.number().check(z.minimum(1), z.maximum(168)),
    blindStepRatio: z.number().check(z.gt(1), z.maximum(10)),
    /** From here on nothing is made smaller for the rest of 24 hours. */
    changesPerDay: z.int().check(z.minimum(1), z.maximum(36)),
    cpu: CpuSizing,
    memory: MemorySizing,
  }),
);
export type SizingSettings = z.infer<typeof SizingSettings>;
