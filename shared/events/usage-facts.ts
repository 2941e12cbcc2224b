import * as z from "zod/mini";

const amount = z.number().check(z.nonnegative());
const name = z.string().check(z.minLength(1));

/** What sizing makes of one resource of one container. Amounts are cpuMillis or memoryBytes. */
const ResourceAdvice = z.lazy(() =>
  z.object({
    kind: z.enum(["keep", "grow", "shrink"]),
    /** The request it advises; that in force when it keeps. */
    requestAmount: amount,
    /** What is needed with the class's margin, before cool-downs and thresholds. */
    neededAmount: amount,
    /** A sentence: which part of the history says so. */
    reason: z.string(),
  }),
);
export type ResourceAdvice = z.infer<typeof ResourceAdvice>;

/** Usage of a workload's containers, and the sizes that follow from it by class. */
export const UsageFacts = z.lazy(() =>
  z.object({
    /** Who measured: a range query of Prometheus, or metrics.k8s.io (now only: no advice). */
    source: z.enum(["prometheus", "metrics.k8s.io"]),
    historyHours: amount,
    /** Share of the time that was measured, 0 to 1, and whether it is enough to make smaller. */
    confidence: z.object({ ratio: amount, isEnough: z.boolean() }),
    containers: z.array(
      z.object({
        name,
        /** The latest measured, all replicas' highest. */
        nowCpuMillis: z.nullable(amount),
        nowMemoryBytes: z.nullable(amount),
        cpu: z.nullable(ResourceAdvice),
        memory: z.nullable(ResourceAdvice),
      }),
    ),
  }),
);
export type UsageFacts = z.infer<typeof UsageFacts>;

/** Why there are no usage facts: not configured, timed out, or the server's refusal. */
export const NoUsage = z.lazy(() => z.object({ reason: z.string() }));
