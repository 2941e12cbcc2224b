"use strict";
// Uses CPU_MILLIS thousandths of a core, as far as its limit lets it: in each tenth of a second it
// works until its own CPU time says that the share is used, and sleeps for the rest.
const WINDOW_MS = 100;
const millis = Number(process.env.CPU_MILLIS);
if (!(millis >= 0)) throw new Error("CPU_MILLIS must be a number of thousandths of a core");

const startMs = performance.now();
const usedMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const startUsedMs = usedMs();

function work() {
  const windowEndMs = performance.now() + WINDOW_MS;
  const share = millis / 1000;
  // What was missed while throttled is not caught up with: a limit that grows is filled at once.
  const budgetMs = Math.min(
    usedMs() + WINDOW_MS * share,
    startUsedMs + (windowEndMs - startMs) * share,
  );
  while (usedMs() < budgetMs && performance.now() < windowEndMs);
  setTimeout(work, Math.max(0, windowEndMs - performance.now()));
}
work();
process.once("SIGTERM", () => process.exit(0));
