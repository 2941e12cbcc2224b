import * as z from "zod/mini";
import { Instant } from "../instant.ts";
import { Band, Resource, SlaClass } from "../policy-words.ts";
import { defineEvent } from "./contract.ts";

/** The workload that a pod belongs to: the end of its owner chain, or the pod itself. */
export const Owner = z.lazy(() =>
  z.object({
    apiVersion: z.string().check(z.minLength(1)),
    kind: z.string().check(z.minLength(1)),
    namespace: z.string().check(z.minLength(1)),
    name: z.string().check(z.minLength(1)),
  }),
);
export type Owner = z.infer<typeof Owner>;

export const LoadClassified = defineEvent({
  type: "dev.vigie.load.classified.v1",
  source: "/vigie/alert-handle",
  description: "The load of a pod is known: low, moderate or high.",
  extensions: ["load", "resource", "sla"],
  data: z.lazy(() =>
    z.object({
      namespace: z.string().check(z.minLength(1)),
      pod: z.string().check(z.minLength(1)),
      /** Of the pod that was labelled: a replacement of the same name is another pod. */
      podUid: z.string().check(z.minLength(1)),
      resource: Resource,
      /** Of the limit (of the request where there is no limit). null when only the band is known. */
      percent: z.nullable(z.number().check(z.nonnegative())),
      band: Band,
      /** null when the pod had no band before. */
      previousBand: z.nullable(Band),
      labels: z.object({ set: z.record(z.string(), z.string()), removed: z.array(z.string()) }),
      owner: Owner,
      /** Whether pod, or workload, has opted in to resizing. */
      managed: z.boolean(),
      slaClass: SlaClass,
      /** Time of the fact, from the alert. */
      observedAt: Instant,
      /** What told us: the id and type of the alert's event, and the alert's name. */
      cause: z.object({ id: z.string(), type: z.string(), alertname: z.string() }),
    }),
  ),
});
