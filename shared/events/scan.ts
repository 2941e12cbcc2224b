import * as z from "zod/mini";
import { SlaClass } from "../policy-words.ts";
import { defineEvent } from "./contract.ts";

export const ScanRequested = defineEvent({
  type: "dev.vigie.scan.requested.v1",
  source: "/vigie/curl",
  description: "Somebody asks for a scan of the labels of all pods.",
  data: z.lazy(() =>
    z.object({
      /** Kubernetes label selector; absent means every pod. */
      selector: z.optional(z.string()),
      /** Absent or empty means every namespace. */
      namespaces: z.optional(z.array(z.string())),
    }),
  ),
});

export const LabelsScanned = defineEvent({
  type: "dev.vigie.labels.scanned.v1",
  source: "/vigie/label-scan",
  description: "All labels were read once.",
  data: z.lazy(() =>
    z.object({
      pods: z.int().check(z.nonnegative()),
      namespaces: z.int().check(z.nonnegative()),
      nodes: z.int().check(z.nonnegative()),
      /** Workloads that have opted in. */
      managed: z.int().check(z.nonnegative()),
      durationMs: z.number().check(z.nonnegative()),
    }),
  ),
});

export const WorkloadFound = defineEvent({
  type: "dev.vigie.workload.found.v1",
  source: "/vigie/label-scan",
  description: "A workload that has opted in was seen by a scan.",
  // By `strategy` only who goes by reviews is woken for each of them.
  extensions: ["sla", "strategy"],
  data: z.lazy(() =>
    z.object({
      kind: z.string().check(z.minLength(1)),
      namespace: z.string().check(z.minLength(1)),
      name: z.string().check(z.minLength(1)),
      slaClass: SlaClass,
      /** 0 for one that sleeps. */
      pods: z.int().check(z.nonnegative()),
      /** Somebody asked for the scan, not the clock: a review that keeps tells so then, too. */
      asked: z.optional(z.boolean()),
    }),
  ),
});
