import { HISTORY_DAYS, SLOT_SECONDS, SLOTS_PER_DAY } from "../sizing/slot-history.ts";
import { RECENT_MINUTES } from "../sizing/usage-record.ts";
import type { Answers } from "./history.ts";
import type { Prometheus } from "./prometheus.ts";
import type { Selection } from "./promql.ts";
import {
  cpuHistory,
  memoryHistory,
  type Origin,
  RECENT_STEP_SECONDS,
  recentUsage,
} from "./queries.ts";

/** 2304 points for each series; Prometheus answers 11,000 at most. */
const SLOTS = HISTORY_DAYS * SLOTS_PER_DAY;

/** Whoever loads the rules while we run is noticed after that. */
const PREFERENCE_AGE_MS = 300_000;

/** Asks for the usage of workloads, of whoever has it. */
export type Asker = (
  selection: Selection,
  nowSeconds: number,
  deadlineMs: number,
) => Promise<Answers>;

/**
 * Three queries side by side for each workload, all bounded. Our recording rules are asked first,
 * and what they are made from when they have nothing; which of them had is remembered for a while.
 */
export function createAsker(prometheus: Prometheus): Asker {
  let preferRawUntilMs = -Infinity;
  return async (selection, nowSeconds, deadlineMs) => {
    const prefersRaw = performance.now() < preferRawUntilMs;
    const first = await ask(prefersRaw ? "cadvisor" : "rules");
    if (first.cpu.length > 0 && first.memory.length > 0) return first;
    const other = await ask(prefersRaw ? "rules" : "cadvisor");
    // Half an answer is better than none.
    if (other.cpu.length === 0) return first.cpu.length + first.memory.length > 0 ? first : other;
    preferRawUntilMs = prefersRaw ? -Infinity : performance.now() + PREFERENCE_AGE_MS;
    return other;

    async function ask(origin: Origin): Promise<Answers> {
      // The slot that we are in ends ahead of us, and has what came so far.
      const end = Math.ceil(nowSeconds / SLOT_SECONDS) * SLOT_SECONDS;
      const slots = {
        startSeconds: end - (SLOTS - 1) * SLOT_SECONDS,
        endSeconds: end,
        stepSeconds: SLOT_SECONDS,
      };
      const minutes = {
        startSeconds: nowSeconds - (RECENT_MINUTES - 1) * 60,
        endSeconds: nowSeconds,
        stepSeconds: RECENT_STEP_SECONDS,
      };
      const [cpu, memory, recent] = await Promise.all([
        prometheus.queryRange({ query: cpuHistory(selection, origin), ...slots }, deadlineMs),
        prometheus.queryRange({ query: memoryHistory(selection, origin), ...slots }, deadlineMs),
        prometheus.queryRange({ query: recentUsage(selection, origin), ...minutes }, deadlineMs),
      ]);
      return { cpu, memory, recent };
    }
  };
}
