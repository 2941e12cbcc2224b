import type { OomKill } from "./oom-bump.ts";
import { RecentSamples } from "./recent-samples.ts";
import { SlotHistory } from "./slot-history.ts";

/** What a metrics server could have seen of a container. */
export type UsageSample = {
  /** When it began. */
  atSeconds: number;
  cpuMillis: number;
  /** null where memory is not measured. */
  memoryBytes: number | null;
  /** The limit that the container was killed at, or null when it was not. */
  oomLimitBytes: number | null;
};

/** What sizing reads of a container's usage, however it was gathered. */
export type UsageHistory = {
  readonly cpu: SlotHistory;
  readonly memory: SlotHistory;
  readonly recentCpu: RecentSamples;
  /** What one recent sample stands for. */
  readonly sampleSeconds: number;
  /** The last kill, however long ago; null when there was none. */
  readonly oomKill: OomKill | null;
};

/** Longer than any pressure window of a class. */
export const RECENT_MINUTES = 60;

/**
 * What is remembered of one container's usage: 150 kB, whatever the number of samples, and a
 * microsecond a sample.
 */
export class UsageRecord implements UsageHistory {
  readonly cpu = new SlotHistory();
  readonly memory = new SlotHistory();
  readonly recentCpu = new RecentSamples(RECENT_MINUTES);
  /** What one sample stands for. */
  readonly sampleSeconds: number;
  #oomKill: OomKill | null = null;

  constructor(sampleSeconds: number) {
    this.sampleSeconds = sampleSeconds;
  }

  /** Samples come in the order of time. */
  observe({ atSeconds, cpuMillis, memoryBytes, oomLimitBytes }: UsageSample): void {
    this.cpu.add(atSeconds, cpuMillis);
    this.recentCpu.add(atSeconds, cpuMillis);
    if (memoryBytes !== null) this.memory.add(atSeconds, memoryBytes);
    if (oomLimitBytes !== null) this.#oomKill = { atSeconds, limitBytes: oomLimitBytes };
  }

  /** The last kill, however long ago; null when there was none. */
  get oomKill(): OomKill | null {
    return this.#oomKill;
  }
}
