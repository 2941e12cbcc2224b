import { AUTOSCALER_CONFIG, type AutoscalerConfig } from "./config/autoscaler.ts";
import { goDurationMs } from "./duration.ts";
import { goFloat } from "./go-float.ts";

/** Of every annotation that the autoscaler reads. */
export const AUTOSCALING_PREFIX = "autoscaling.knative.dev/";

/** What the annotations of a revision ask of its scale. `S:pkg/apis/autoscaling/register.go` */
export type Autoscaling = {
  /** False: a laptop starts none before the first request, where a cluster starts one. */
  isInitialScaleGiven: boolean;
  minScale: number;
  /** Null is without limit. */
  maxScale: number | null;
  initialScale: number;
  /** Idle for so long: to zero. Null is the default of the runtime (60 s). */
  windowSeconds: number | null;
  scaleDownDelaySeconds: number;
  /** The last process stays this long after nothing wants it any more. */
  retentionSeconds: number;
  /** At least so many whenever there is demand; 0 when not given. */
  activationScale: number;
  /** Null is the default of the runtime: 10, 200, 70. */
  panicWindowPercent: number | null;
  panicThresholdPercent: number | null;
  utilizationPercent: number | null;
  metric: "concurrency" | "rps";
  /** Null is the default of the metric. */
  target: number | null;
  /** The default of the metric; null is that of the runtime: 100 or 200. */
  targetDefault: number | null;
  /** -1: no burst is small enough to go past the activator. Null is the default of the runtime: 211. */
  targetBurstCapacity: number | null;
};

/** Fewer that are the same are chance. */
const SURE_LETTERS = 3;

/** Whole numbers are int32. */
const MAX_WHOLE = 2 ** 31 - 1;

type Rule = { min: number; max?: number; isWhole?: boolean; isDuration?: boolean };

/** `S:pkg/apis/autoscaling/annotation_validation.go`. Durations in seconds. */
const RULES: Readonly<Record<string, Rule>> = {
  target: { min: 0.01 },
  "target-utilization-percentage": { min: 1, max: 100 },
  "min-scale": { min: 0, isWhole: true },
  "max-scale": { min: 0, isWhole: true },
  "initial-scale": { min: 0, isWhole: true },
  "activation-scale": { min: 2, isWhole: true },
  window: { min: 6, max: 3600, isWhole: true, isDuration: true },
  "panic-window-percentage": { min: 1, max: 100 },
  "panic-threshold-percentage": { min: 110, max: 1000 },
  "scale-down-delay": { min: 0, max: 3600, isWhole: true, isDuration: true },
  "scale-to-zero-pod-retention-period": { min: 0, max: 3600, isDuration: true },
  "target-burst-capacity": { min: -1 },
};

/** Looked at only beside a class. */
const ALGORITHMS = ["linear", "weighted-exponential", "weightedExponential"];

/** All that there are, without the prefix, in the newer spelling. */
const AUTOSCALING_NAMES: readonly string[] = [
  "class",
  "metric",
  "metric-aggregation-algorithm",
  ...Object.keys(RULES),
];

/** Null when it is one of them, in either spelling; else the one it begins most like, or "". */
export function nearestAutoscalingName(name: string): string | null {
  if (AUTOSCALING_NAMES.includes(toKebab(name))) return null;
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z]/g, "");
  const sharedLength = (one: string) => {
    const [a, b] = [plain(one), plain(name)];
    let length = 0;
    while (length < a.length && a[length] === b[length]) length += 1;
    return length;
  };
  const nearest = AUTOSCALING_NAMES.toSorted((a, b) => sharedLength(b) - sharedLength(a))[0] ?? "";
  return sharedLength(nearest) < SURE_LETTERS ? "" : nearest;
}

/** `minScale` → `min-scale`: the older spelling is still taken. */
const toKebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Reads the annotations of a revision, above the config. A fault names the annotation. */
export function readAutoscaling(
  annotations: Readonly<Record<string, string>>,
  onFault: (annotation: string, message: string) => void,
  config: AutoscalerConfig = AUTOSCALER_CONFIG,
): Autoscaling {
  const values = new Map<string, number>();
  let metric: Autoscaling["metric"] = "concurrency";
  const hasClass = annotations[`${AUTOSCALING_PREFIX}class`] !== undefined;
  for (const [annotation, text] of Object.entries(annotations)) {
    if (!annotation.startsWith(AUTOSCALING_PREFIX)) continue;
    const name = toKebab(annotation.slice(AUTOSCALING_PREFIX.length));
    if (name === "class" && text !== "kpa.autoscaling.knative.dev") {
      onFault(annotation, "only kpa.autoscaling.knative.dev is run locally");
    }
    if (name === "metric") {
      if (text === "concurrency" || text === "rps") metric = text;
      else onFault(annotation, "must be concurrency or rps");
    }
    if (name === "metric-aggregation-algorithm" && hasClass && !ALGORITHMS.includes(text)) {
      onFault(annotation, "must be linear or weighted-exponential");
    }
    const known = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    if (known === undefined) continue;
    const needsOne = name === "initial-scale" && !config.isZeroInitialScaleAllowed;
    const rule = needsOne ? { ...known, min: 1 } : known;
    const value = valueOf(text, rule);
    if (value === null || !isWithin(value, rule)) onFault(annotation, describe(rule));
    else values.set(name, value);
  }
  const minScale = values.get("min-scale") ?? config.minScale;
  const maxScale = values.get("max-scale") ?? config.maxScale;
  const { maxScaleLimit } = config;
  if (maxScaleLimit > 0 && (maxScale === 0 || maxScale > maxScaleLimit)) {
    const message = `must be from 1 to ${maxScaleLimit}, the max-scale-limit of config-autoscaler`;
    onFault(`${AUTOSCALING_PREFIX}max-scale`, message);
  }
  if (maxScale > 0 && maxScale < minScale) {
    onFault(`${AUTOSCALING_PREFIX}max-scale`, "must not be less than min-scale");
  }
  const activationScale = values.get("activation-scale") ?? 0;
  if (activationScale > 0 && maxScale > 0 && activationScale > maxScale) {
    onFault(`${AUTOSCALING_PREFIX}activation-scale`, "must not be more than max-scale");
  }
  if (activationScale > 0 && activationScale < minScale) {
    onFault(`${AUTOSCALING_PREFIX}activation-scale`, "must not be less than min-scale");
  }
  const targetBurstCapacity = values.get("target-burst-capacity") ?? config.targetBurstCapacity;
  if (targetBurstCapacity !== null && targetBurstCapacity < 0 && targetBurstCapacity !== -1) {
    onFault(`${AUTOSCALING_PREFIX}target-burst-capacity`, "must be -1, or at least 0");
  }
  const isConcurrency = metric === "concurrency";
  const initialScale = values.get("initial-scale") ?? config.initialScale;
  return {
    isInitialScaleGiven: initialScale !== null,
    minScale,
    maxScale: maxScale === 0 ? null : maxScale,
    initialScale: initialScale ?? 1,
    windowSeconds: values.get("window") ?? config.windowSeconds,
    scaleDownDelaySeconds: values.get("scale-down-delay") ?? config.scaleDownDelaySeconds,
    retentionSeconds: values.get("scale-to-zero-pod-retention-period") ?? config.retentionSeconds,
    activationScale,
    panicWindowPercent: values.get("panic-window-percentage") ?? config.panicWindowPercent,
    panicThresholdPercent: values.get("panic-threshold-percentage") ?? config.panicThresholdPercent,
    utilizationPercent:
      values.get("target-utilization-percentage") ??
      (isConcurrency ? config.utilizationPercent : null),
    metric,
    target: values.get("target") ?? null,
    targetDefault: isConcurrency ? config.concurrencyTarget : config.rpsTarget,
    targetBurstCapacity,
  };
}

function valueOf(text: string, { isDuration, isWhole }: Rule): number | null {
  if (isDuration === true) {
    const durationMs = goDurationMs(text);
    return durationMs === null ? null : durationMs / 1000;
  }
  if (isWhole === true) return /^[-+]?\d+$/.test(text) ? Number(text) : null;
  return goFloat(text);
}

function isWithin(value: number, { min, max, isWhole }: Rule): boolean {
  const limit = max ?? (isWhole === true ? MAX_WHOLE : Infinity);
  return value >= min && value <= limit && (isWhole !== true || Number.isInteger(value));
}

function describe({ min, max, isWhole, isDuration }: Rule): string {
  const kind = isDuration === true ? "a duration such as 60s" : "a number";
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  return `must be ${kind} ${range}${isDuration === true ? " seconds" : ""}${isWhole === true ? ", whole" : ""}`;
}
