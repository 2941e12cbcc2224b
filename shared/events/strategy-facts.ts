import * as z from "zod/mini";

const amount = z.number().check(z.nonnegative());
const name = z.string().check(z.minLength(1));

/** How full a cluster is of CPU limits, in the words of the original label `patch`. */
export const Zone = z.enum(["low", "medium", "high"]);
export type Zone = z.infer<typeof Zone>;

/** What the strategy `cluster-zone` goes by, in the review of one Deployment. */
export const ZoneFacts = z.lazy(() =>
  z.object({
    /** The sum of the CPU limits of all pods that have not ended. */
    limitsCpuMillis: amount,
    /** Of all nodes together. */
    allocatableCpuMillis: amount,
    smallestNodeCpuMillis: amount,
    /** The label `patch` of the Deployment; null when it has none, or another word. */
    current: z.nullable(Zone),
  }),
);
export type ZoneFacts = z.infer<typeof ZoneFacts>;

/**
 * What a VerticalPodAutoscaler of mode Off recommends for one resource of each container. Amounts
 * are cpuMillis or memoryBytes; a bound is null where it says none.
 */
export const VpaFacts = z.lazy(() =>
  z.object({
    name,
    containers: z.array(
      z.object({
        name,
        targetAmount: amount,
        lowerAmount: z.nullable(amount),
        upperAmount: z.nullable(amount),
      }),
    ),
  }),
);
export type VpaFacts = z.infer<typeof VpaFacts>;
