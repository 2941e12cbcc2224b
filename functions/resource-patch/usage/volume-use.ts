import { exactly, literal } from "./promql.ts";
import type { UsageDeps } from "./read-usage.ts";
import { numberOf } from "./matrix.ts";
import { UsageFault } from "./usage-fault.ts";

/** The kubelet looks at its volumes once a minute; two late scrapes more are no silence. */
const NOW_SECONDS = 300;

/**
 * How much of each claim is used, in bytes, by the kubelet's own measure; a claim that nobody
 * measures is absent. Never throws for the want of Prometheus.
 */
export async function readVolumeUse(
  { prometheus }: UsageDeps,
  namespace: string,
  claims: readonly string[],
  nowSeconds: number,
): Promise<ReadonlyMap<string, number>> {
  const used = new Map<string, number>();
  if (prometheus === null || claims.length === 0) return used;
  const { queryRange, timeoutMs, gate } = prometheus;
  const deadlineMs = performance.now() + timeoutMs;
  const names = claims.map((claim) => exactly(claim)).join("|");
  const matchers = `{namespace=${literal(namespace)},persistentvolumeclaim=~${literal(names)}}`;
  const series = `last_over_time(kubelet_volume_stats_used_bytes${matchers}[${NOW_SECONDS}s])`;
  try {
    await gate.enter(AbortSignal.timeout(timeoutMs));
  } catch {
    return used;
  }
  try {
    const answer = await queryRange(
      {
        query: `max by (persistentvolumeclaim) (${series})`,
        startSeconds: nowSeconds,
        endSeconds: nowSeconds,
        stepSeconds: 60,
      },
      deadlineMs,
    );
    for (const { labels, points } of answer) {
      const last = points.at(-1);
      const usedBytes = last === undefined ? null : numberOf(last);
      const claim = labels["persistentvolumeclaim"];
      if (usedBytes !== null && claim !== undefined) used.set(claim, usedBytes);
    }
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
  } finally {
    gate.leave();
  }
  return used;
}
