import { z } from "zod";
import { SlaClass } from "../policy-schema.ts";
import { defineEvent } from "./contract.ts";

export const ScanRequested = defineEvent({
  type: "dev.vigie.scan.requested.v1",
  source: "/vigie/curl",
  description: "Somebody asks for a scan of the labels of all pods.",
  data: z.object({
    /** Kubernetes label selector; absent means every pod. */
    selector: z.string().optional(),
    /** Absent or empty means every namespace. */
    namespaces: z.array(z.string()).optional(),
  }),
});

export const LabelsScanned = defineEvent({
  type: "dev.vigie.labels.scanned.v1",
  source: "/vigie/label-scan",
  description: "All labels were read once.",
  data: z.object({
    pods: z.int().nonnegative(),
    namespaces: z.int().nonnegative(),
    nodes: z.int().nonnegative(),
    /** Workloads that have opted in. */
    managed: z.int().nonnegative(),
    durationMs: z.number().nonnegative(),
  }),
});

export const WorkloadFound = defineEvent({
  type: "dev.vigie.workload.found.v1",
  source: "/vigie/label-scan",
  description: "A workload that has opted in was seen by a scan.",
  extensions: ["sla"],
  data: z.object({
    kind: z.string().min(1),
    namespace: z.string().min(1),
    name: z.string().min(1),
    slaClass: SlaClass,
    pods: z.int().nonnegative(),
  }),
});
