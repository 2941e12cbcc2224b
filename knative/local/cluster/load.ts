import { z } from "zod";
import { isRecord } from "./kube-object.ts";

/** A pod's load as JSON by container, e.g. `{"app":{"cpuMillis":460,"memoryBytes":1e8}}`. */
export const loadAnnotation = "scenario.vigie.dev/load";

const amount = z.number().min(0).max(1e15);
const durationSeconds = z.number().positive().max(1e9);

/** How a demand moves with the seconds since the container started. */
export const Shape = z.union([
  amount,
  z.strictObject({
    kind: z.literal("steps"),
    /** Each level from its second on; zero before the first. Starts again after `periodSeconds`. */
    steps: z
      .array(z.strictObject({ atSeconds: z.number().min(0), value: amount }))
      .min(1)
      .max(100),
    periodSeconds: durationSeconds.optional(),
  }),
  z.strictObject({
    kind: z.literal("sine"),
    low: amount,
    high: amount,
    periodSeconds: durationSeconds,
    /** Where in the period it starts, 0–1; 0 is the middle on the way up. */
    phaseRatio: z.number().min(0).max(1).default(0),
  }),
  z.strictObject({ kind: z.literal("ramp"), from: amount, to: amount, seconds: durationSeconds }),
]);
export type Shape = z.infer<typeof Shape>;

export const ContainerLoad = z.strictObject({ cpuMillis: Shape, memoryBytes: Shape });
export type ContainerLoad = z.infer<typeof ContainerLoad>;

export const PodLoad = z.record(z.string(), ContainerLoad);
export type PodLoad = z.infer<typeof PodLoad>;

/** What a container without a load of its own does: idle, as a small server is. */
export const idleLoad: ContainerLoad = { cpuMillis: 1, memoryBytes: 12 * 2 ** 20 };

/** The demand at one moment, in the unit of the shape. */
export function demandAt(shape: Shape, sinceSeconds: number): number {
  if (typeof shape === "number") return shape;
  switch (shape.kind) {
    case "steps": {
      const second =
        shape.periodSeconds === undefined ? sinceSeconds : sinceSeconds % shape.periodSeconds;
      return shape.steps.reduce(
        (best, step) =>
          step.atSeconds <= second && step.atSeconds >= best.atSeconds ? step : best,
        { atSeconds: -1, value: 0 },
      ).value;
    }
    case "sine": {
      const turn = sinceSeconds / shape.periodSeconds + shape.phaseRatio;
      const middle = (shape.high + shape.low) / 2;
      return middle + ((shape.high - shape.low) / 2) * Math.sin(2 * Math.PI * turn);
    }
    case "ramp": {
      const ratio = Math.min(1, Math.max(0, sinceSeconds / shape.seconds));
      return shape.from + (shape.to - shape.from) * ratio;
    }
    default:
      return 0;
  }
}

/** The load in a pod's annotation; null when there is none or it is not one. */
export function parseLoad(text: string | undefined): PodLoad | null {
  if (text === undefined || text.length > 16_384) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const parsed = PodLoad.safeParse(value);
  return parsed.success ? parsed.data : null;
}
