import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";

/** Of a bare process on two idle cores, start to end. */
const IDLE_MS = 40;
const STARTS = 5;
/** Between two starts, of the one before: most of the machine is for what is measured. */
const PAUSE_RATIO = 3;

/** How long something took, and how much slower than an idle one the machine was meanwhile, at least 1. */
export type Timed = { tookMs: number; times: number };

/**
 * For promises in seconds, which are given for a machine that does nothing else. It is as slow as the
 * slowest start of a bare Node while `work` goes on, one start after the other: what else runs here
 * may come and go within a second.
 */
export async function slownessOf(work: () => Promise<void>): Promise<Timed> {
  let isOver = false;
  const startedAtMs = performance.now();
  const working = work()
    .then(() => performance.now() - startedAtMs)
    .finally(() => (isOver = true));
  // Awaited below: a failure must not be unhandled until then.
  working.catch(() => undefined);
  let slowestMs = IDLE_MS;
  for (let starts = 0; starts < STARTS || !isOver; starts += 1) {
    const startMs = await bareStartMs();
    slowestMs = Math.max(slowestMs, startMs);
    if (!isOver) await delay(startMs * PAUSE_RATIO);
  }
  return { tookMs: await working, times: slowestMs / IDLE_MS };
}

async function bareStartMs(): Promise<number> {
  const startedAtMs = performance.now();
  await once(spawn(process.execPath, ["-e", ""], { stdio: "ignore" }), "exit");
  return performance.now() - startedAtMs;
}
