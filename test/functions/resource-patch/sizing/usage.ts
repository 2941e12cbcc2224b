import type { Container } from "../../../../functions/resource-patch/sizing/size.ts";
import { UsageRecord } from "../../../../functions/resource-patch/sizing/usage-record.ts";

export const MEBIBYTE = 1024 * 1024;
export const HOUR_SECONDS = 3600;
export const DAY_SECONDS = 86_400;

/** Synthetic usage from 0 on, each sample as the functions of the time say. */
export function usage(
  seconds: number,
  series: {
    stepSeconds?: number;
    cpuMillis: (atSeconds: number) => number;
    memoryBytes?: (atSeconds: number) => number;
  },
): UsageRecord {
  const step = series.stepSeconds ?? 300;
  const record = new UsageRecord(step);
  for (let atSeconds = 0; atSeconds < seconds; atSeconds += step) {
    record.observe({
      atSeconds,
      cpuMillis: series.cpuMillis(atSeconds),
      memoryBytes: series.memoryBytes?.(atSeconds) ?? null,
      oomLimitBytes: null,
    });
  }
  return record;
}

export function container(change: {
  requestMillis?: number;
  limitMillis?: number | null;
  requestBytes?: number | null;
}): Container {
  const { requestMillis = 500, limitMillis = null, requestBytes = null } = change;
  return {
    cpu: { requestMillis, limitMillis, bounds: { min: 10, max: 8000, step: 1 } },
    memory:
      requestBytes === null
        ? null
        : {
            requestBytes,
            bounds: { min: 16 * MEBIBYTE, max: 16_384 * MEBIBYTE, step: MEBIBYTE },
          },
  };
}
