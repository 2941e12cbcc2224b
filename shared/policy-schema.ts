import { z } from "zod";

/** Load bands, from the lowest up. */
export const Band = z.enum(["low", "moderate", "high"]);
export type Band = z.infer<typeof Band>;

/** The resources of a container that can be resized. */
export const Resource = z.enum(["cpu", "memory"]);
export type Resource = z.infer<typeof Resource>;

export const SlaClass = z.enum(["gold", "silver", "bronze"]);
export type SlaClass = z.infer<typeof SlaClass>;
