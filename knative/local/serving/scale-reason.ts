import type { Average } from "./load-meter.ts";
import type { ScaleRules } from "./scale-rules.ts";

/** Why the scale is as it is, in words for the terminal: "7.2 requests at once over 60 s, 0.7 each". */
export function scaleReason(rules: ScaleRules, average: Average, isPanic: boolean): string {
  const windowMs = isPanic ? rules.panicWindowMs : rules.stableWindowMs;
  const load =
    rules.metric === "rps"
      ? `${short(average.requestsPerSecond)} requests per second`
      : `${short(average.concurrency)} requests at once`;
  const mode = isPanic ? ", panic" : "";
  return `${load} over ${short(windowMs / 1_000)} s, ${short(rules.target)} for each${mode}`;
}

const short = (value: number): string => String(Math.round(value * 100) / 100);
