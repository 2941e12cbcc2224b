import { setTimeout as delay } from "node:timers/promises";
import type { Change } from "../change.ts";
import { type Progress, progressOf } from "./progress.ts";
import type { Site } from "./site.ts";
import { readTarget, type Target } from "./target.ts";

/** How long we stay to see it done: a scale takes that where images are there; a rollout goes on. */
const WAIT_MS = 1_500;
const FIRST_POLL_MS = 25;
const LAST_POLL_MS = 250;

/** Waits a short while for a change to come through. */
export async function awaitProgress(
  { kube, path, owner }: Site,
  written: Target,
  change: Change,
): Promise<{ target: Target; progress: Progress }> {
  const deadlineMs = performance.now() + WAIT_MS;
  let target = written;
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 2, LAST_POLL_MS)) {
    const progress = progressOf(owner, target, change);
    const isOver = performance.now() + pauseMs >= deadlineMs;
    if (progress.kind !== "pending" || isOver) return { target, progress };
    await delay(pauseMs);
    const read = await readTarget(kube, path);
    if (read === null || read.metadata.uid !== target.metadata.uid) return { target, progress };
    target = read;
  }
}
