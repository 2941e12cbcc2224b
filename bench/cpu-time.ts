import { readdirSync, readFileSync } from "node:fs";

/** Of all threads so far, as the scheduler counts (Linux): finer than the ticks of 10 ms in `stat`. */
export function cpuMilliseconds(pid: number): number {
  const times = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return times.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}
