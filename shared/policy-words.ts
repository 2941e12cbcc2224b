import * as z from "zod/mini";

// The words of the policy that events use, too: apart from its schema, which few processes need.

/** Load bands, from the lowest up. */
export const Band = z.enum(["low", "moderate", "high"]);
export type Band = z.infer<typeof Band>;

/** The resources of a container that can be resized. */
export const Resource = z.enum(["cpu", "memory"]);
export type Resource = z.infer<typeof Resource>;

export const SlaClass = z.enum(["gold", "silver", "bronze"]);
export type SlaClass = z.infer<typeof SlaClass>;

/** What can be done to a workload, besides nothing. */
export const Action = z.enum(["resize", "patch-owner", "scale-out", "scale-in", "grow-volume"]);
export type Action = z.infer<typeof Action>;

/** What alternatives are judged by. */
export const Criterion = z.enum([
  "relief",
  "headroom",
  "cost",
  "disruption",
  "nodePressure",
  "timeToEffect",
  "churn",
  "drift",
]);
export type Criterion = z.infer<typeof Criterion>;
