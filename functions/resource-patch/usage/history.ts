import type { OomKill } from "../sizing/oom-bump.ts";
import { RecentSamples } from "../sizing/recent-samples.ts";
import { SLOT_SECONDS, SlotHistory } from "../sizing/slot-history.ts";
import { RECENT_MINUTES, type UsageHistory } from "../sizing/usage-record.ts";
import { numberOf, type Series } from "./matrix.ts";
import { RECENT_STEP_SECONDS, STAT } from "./queries.ts";

/** Answers to the queries of `queries.ts`, of all containers. */
export type Answers = {
  cpu: readonly Series[];
  memory: readonly Series[];
  recent: readonly Series[];
};

/** Twice the slowest usual scrape and rule; what is older is not "now". */
const NOW_SECONDS = 240;

/** What the answers say of one container. What it uses now is null when that is not known. */
export type ContainerHistory = UsageHistory & {
  nowCpuMillis: number | null;
  nowMemoryBytes: number | null;
};

/**
 * The usage of a container from the answers. A point stands for the time before it. Gaps stay gaps;
 * what is no number is one. 75 kB for each resource, so it lives as long as one decision.
 * @param kill the last that is known from elsewhere; a later one in the answers takes its place.
 */
export function toHistory(
  answers: Answers,
  container: string,
  kill: OomKill | null,
  nowSeconds: number,
): ContainerHistory {
  const cpu = new SlotHistory();
  const memory = new SlotHistory();
  const recentCpu = new RecentSamples(RECENT_MINUTES);
  const find = (series: readonly Series[], stat: string): Series["points"] =>
    series.find(({ labels }) => labels["container"] === container && labels[STAT] === stat)
      ?.points ?? [];

  // Seven thousand points at the first event of a process: no calls that can be done without.
  for (const point of find(answers.cpu, "peak")) cpu.putPeak(point?.[0], Number(point?.[1]));
  for (const point of find(answers.cpu, "mean")) cpu.putMean(point?.[0], Number(point?.[1]));
  for (const point of find(answers.memory, "peak")) memory.putPeak(point?.[0], Number(point?.[1]));
  for (const point of find(answers.recent, "cpu")) {
    const cpuMillis = numberOf(point);
    if (cpuMillis !== null) recentCpu.add(point[0] - RECENT_STEP_SECONDS, cpuMillis);
  }
  const lately = (points: Series["points"]): number | null => {
    const last = points.at(-1);
    return last === undefined || last[0] < nowSeconds - NOW_SECONDS ? null : numberOf(last);
  };
  return {
    cpu,
    memory,
    recentCpu,
    sampleSeconds: RECENT_STEP_SECONDS,
    oomKill: later(kill, lastKill(find(answers.memory, "oom"))),
    nowCpuMillis: lately(find(answers.recent, "cpu")),
    nowMemoryBytes: lately(find(answers.recent, "memory")),
  };
}

function lastKill(points: Series["points"]): OomKill | null {
  const last = points.at(-1);
  const limitBytes = last === undefined ? null : numberOf(last);
  if (last === undefined || limitBytes === null) return null;
  // In the slot before: its start, so that a kill never lies ahead.
  return { atSeconds: last[0] - SLOT_SECONDS, limitBytes };
}

function later(one: OomKill | null, other: OomKill | null): OomKill | null {
  if (one === null || other === null) return one ?? other;
  return other.atSeconds > one.atSeconds ? other : one;
}
