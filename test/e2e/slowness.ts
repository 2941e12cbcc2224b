import { spawn } from "node:child_process";
import { once } from "node:events";

/** Of a bare process on two idle cores, start to end. */
const IDLE_MS = 40;
const STARTS = 5;

/**
 * How much slower than an idle one the machine is now, at least 1: by the median start of a bare
 * Node. For promises in seconds, which are given for a machine that does nothing else.
 */
export async function slowness(): Promise<number> {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const startedAtMs = performance.now();
    await once(spawn(process.execPath, ["-e", ""], { stdio: "ignore" }), "exit");
    times.push(performance.now() - startedAtMs);
  }
  const median = times.sort((a, b) => a - b)[STARTS >> 1] ?? IDLE_MS;
  return Math.max(1, median / IDLE_MS);
}
