import type { Fault } from "../fault.ts";
import type { Located } from "../load.ts";
import { configData, configReader } from "./config-data.ts";

/** `config-autoscaler` of Serving, for what an annotation does not say. Null is not said here either. */
export type AutoscalerConfig = {
  minScale: number;
  /** 0 is without limit. */
  maxScale: number;
  /** What an annotation may ask for at most; 0 is without limit. */
  maxScaleLimit: number;
  initialScale: number | null;
  isZeroInitialScaleAllowed: boolean;
  windowSeconds: number | null;
  scaleDownDelaySeconds: number;
  retentionSeconds: number;
  panicWindowPercent: number | null;
  panicThresholdPercent: number | null;
  /** Of the metric concurrency alone. */
  utilizationPercent: number | null;
  concurrencyTarget: number | null;
  rpsTarget: number | null;
  targetBurstCapacity: number | null;
};

/** `S:pkg/autoscaler/config/config.go` */
export const AUTOSCALER_CONFIG: AutoscalerConfig = {
  minScale: 0,
  maxScale: 0,
  maxScaleLimit: 0,
  initialScale: null,
  isZeroInitialScaleAllowed: false,
  windowSeconds: null,
  scaleDownDelaySeconds: 0,
  retentionSeconds: 0,
  panicWindowPercent: null,
  panicThresholdPercent: null,
  utilizationPercent: null,
  concurrencyTarget: null,
  rpsTarget: null,
  targetBurstCapacity: null,
};

/** Keys that are read here. */
export const AUTOSCALER_KEYS = [
  "pod-autoscaler-class",
  "enable-scale-to-zero",
  "allow-zero-initial-scale",
  "container-concurrency-target-percentage",
  "container-concurrency-target-default",
  "requests-per-second-target-default",
  "target-burst-capacity",
  "panic-window-percentage",
  "panic-threshold-percentage",
  "initial-scale",
  "min-scale",
  "max-scale",
  "max-scale-limit",
  "stable-window",
  "scale-down-delay",
  "scale-to-zero-pod-retention-period",
];

/** `S:pkg/apis/autoscaling/register.go` */
const TARGET_MIN = 0.01;

/** What the manifests say of it, checked as Serving does. */
export function readAutoscalerConfig(
  located: readonly Located[],
  faults: Fault[],
): AutoscalerConfig {
  const config = configData(located, "knative-serving", "config-autoscaler");
  const { whole, number, isTrue, seconds, check } = configReader(config, faults);
  const isZeroInitialScaleAllowed = isTrue("allow-zero-initial-scale") ?? false;
  const staysUp = isTrue("enable-scale-to-zero") === false;
  const share = number("container-concurrency-target-percentage");
  const read: AutoscalerConfig = {
    minScale: Math.max(whole("min-scale") ?? 0, staysUp ? 1 : 0),
    maxScale: whole("max-scale") ?? 0,
    maxScaleLimit: whole("max-scale-limit") ?? 0,
    initialScale: whole("initial-scale"),
    isZeroInitialScaleAllowed,
    windowSeconds: seconds("stable-window"),
    scaleDownDelaySeconds: seconds("scale-down-delay") ?? 0,
    retentionSeconds: seconds("scale-to-zero-pod-retention-period") ?? 0,
    panicWindowPercent: number("panic-window-percentage"),
    panicThresholdPercent: number("panic-threshold-percentage"),
    // Serving takes what is at most 1 for a fraction.
    utilizationPercent: share === null ? null : share > 1 ? share : share * 100,
    concurrencyTarget: number("container-concurrency-target-default"),
    rpsTarget: number("requests-per-second-target-default"),
    targetBurstCapacity: number("target-burst-capacity"),
  };
  const klass = config?.data["pod-autoscaler-class"] ?? "kpa.autoscaling.knative.dev";
  const onlyKpa = "only kpa.autoscaling.knative.dev is run locally";
  check("pod-autoscaler-class", klass === "kpa.autoscaling.knative.dev", onlyKpa);
  const window = read.windowSeconds ?? 60;
  check(
    "stable-window",
    isWhole(window) && window >= 6 && window <= 3600,
    "must be 6s to 1h, in whole seconds",
  );
  const delay = read.scaleDownDelaySeconds;
  check("scale-down-delay", isWhole(delay) && delay >= 0, "must be whole seconds of at least 0");
  check("scale-to-zero-pod-retention-period", read.retentionSeconds >= 0, "must not be negative");
  const burst = read.targetBurstCapacity ?? 0;
  check("target-burst-capacity", burst >= 0 || burst === -1, "must be -1, or at least 0");
  const percent = read.utilizationPercent ?? 70;
  const target = read.concurrencyTarget ?? 100;
  check(
    "container-concurrency-target-percentage",
    percent > 0 && percent <= 100,
    "must be above 0 and at most 100",
  );
  check(
    "container-concurrency-target-default",
    (target * percent) / 100 >= TARGET_MIN,
    `must be at least ${TARGET_MIN}, times the percentage`,
  );
  check(
    "requests-per-second-target-default",
    (read.rpsTarget ?? 200) >= TARGET_MIN,
    `must be at least ${TARGET_MIN}`,
  );
  const panic = read.panicWindowPercent ?? 10;
  check("panic-window-percentage", panic >= 1 && panic <= 100, "must be from 1 to 100");
  const initial = read.initialScale ?? 1;
  const least = isZeroInitialScaleAllowed ? 0 : 1;
  check("initial-scale", initial >= least, `must be at least ${least}`);
  const limit = read.maxScaleLimit;
  check("max-scale-limit", limit >= 0, "must be at least 0");
  const isMost = read.maxScale >= (limit > 0 ? 1 : 0) && (limit <= 0 || read.maxScale <= limit);
  const within = `max-scale = ${read.maxScale}, must be in [${limit > 0 ? 1 : 0}, max-scale-limit(${limit})]`;
  check(config?.data["max-scale"] === undefined ? "max-scale-limit" : "max-scale", isMost, within);
  return read;
}

const isWhole = (seconds: number): boolean => Number.isInteger(seconds);
