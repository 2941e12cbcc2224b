import type { Row } from "./trace.ts";

/** What is promised of the product's sizing beside the reference's, over some traces. */
export const BOUNDS = {
  cpuRatio: 0.5,
  worstCpuRatio: 1.25,
  memoryRatio: 0.85,
  /** Percent of the time, median. */
  overRequest: 3.6,
  /** Points of unmet CPU above the reference's, on any trace. */
  unmetAbove: 0.1,
  changesPerDay: 6,
  mostChangesPerDay: 12,
  worstDay: 36,
} as const;

/** null where no trace has memory. */
export type Score = {
  cpuRatio: number;
  worstCpuRatio: number;
  worstTrace: string;
  memoryRatio: number | null;
  oomSteps: number;
  referenceOomSteps: number;
  /** Names of the traces with more kills than the reference has there. */
  moreOom: string[];
  overRequest: number;
  unmetAbove: number;
  changesPerDay: number;
  mostChangesPerDay: number;
  worstDay: number;
};

const sum = (of: readonly number[]): number => of.reduce((all, each) => all + each, 0);
const geometricMean = (of: readonly number[]): number =>
  Math.exp(sum(of.map(Math.log)) / of.length);

function median(of: readonly number[]): number {
  const sorted = of.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

/** Both hold the same traces in the same order. */
export function scoreOf(rows: readonly Row[], reference: readonly Row[]): Score {
  const pairs = rows.flatMap((ours, at) => {
    const theirs = reference[at];
    return theirs === undefined ? [] : [{ ours, theirs, ratio: ours.costCpu / theirs.costCpu }];
  });
  const worst = pairs.reduce((most, each) => (each.ratio > most.ratio ? each : most));
  const memory = pairs.flatMap(({ ours, theirs }) =>
    ours.costMem === null || theirs.costMem === null ? [] : [ours.costMem / theirs.costMem],
  );
  return {
    cpuRatio: geometricMean(pairs.map(({ ratio }) => ratio)),
    worstCpuRatio: worst.ratio,
    worstTrace: worst.ours.trace,
    memoryRatio: memory.length === 0 ? null : geometricMean(memory),
    oomSteps: sum(rows.map(({ oomSteps }) => oomSteps)),
    referenceOomSteps: sum(reference.map(({ oomSteps }) => oomSteps)),
    moreOom: pairs
      .filter(({ ours, theirs }) => ours.oomSteps > theirs.oomSteps)
      .map(({ ours, theirs }) => `${ours.trace} ${ours.oomSteps}/${theirs.oomSteps}`),
    overRequest: median(rows.map(({ overReq }) => overReq)),
    unmetAbove: Math.max(...pairs.map(({ ours, theirs }) => ours.unmet - theirs.unmet)),
    changesPerDay: median(rows.map(({ changesPerDay }) => changesPerDay)),
    mostChangesPerDay: Math.max(...rows.map(({ changesPerDay }) => changesPerDay)),
    worstDay: Math.max(...rows.map(({ maxChangesDay }) => maxChangesDay)),
  };
}
