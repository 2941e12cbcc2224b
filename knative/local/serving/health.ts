import { setTimeout as wait } from "node:timers/promises";
import { counted } from "../../../shared/counted.ts";
import { type RepeatedProbe, succeeds, untilReady } from "./probe.ts";

/**
 * Waits for the start-up probe, as often tried as readiness is; resolves to null, or to why the
 * start is given up once `failureThreshold` periods are over.
 * @throws the signal's reason when it is aborted.
 */
export async function awaitStartup(
  startup: RepeatedProbe,
  port: number,
  signal: AbortSignal,
): Promise<string | null> {
  const limitMs = startup.initialDelayMs + startup.periodMs * startup.failureThreshold;
  const limit = AbortSignal.timeout(limitMs);
  try {
    await untilReady(startup.probe, port, AbortSignal.any([signal, limit]));
    return null;
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error;
    return `the startup probe failed for ${limitMs / 1_000} s`;
  }
}

/**
 * Asks the liveness probe each period; resolves to why the process has to go, after
 * `failureThreshold` failures in a row. Rejects when the signal is aborted.
 */
export async function untilUnhealthy(
  liveness: RepeatedProbe,
  port: number,
  signal: AbortSignal,
): Promise<string> {
  const { probe, initialDelayMs, periodMs, timeoutMs, failureThreshold } = liveness;
  let failures = 0;
  await wait(initialDelayMs, undefined, { signal });
  for (;;) {
    await wait(periodMs, undefined, { signal });
    failures = (await succeeds(probe, port, timeoutMs)) ? 0 : failures + 1;
    if (failures < failureThreshold) continue;
    return `the liveness probe failed ${counted(failures, "time")} in a row`;
  }
}
