import { readFileSync } from "node:fs";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { ContainerLoad } from "./load.ts";
import { latestVersion } from "./server-version.ts";

const quantities = z.record(z.string(), z.string().max(64));
const labels = z.record(z.string(), z.string());
const version = z.string().regex(/^v\d+\.\d+\.\d+$/);
const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
  .max(63);

const ScenarioNode = z.strictObject({
  name,
  cpu: z.string().default("4"),
  memory: z.string().default("8Gi"),
  /** What pods can have; the rest is the system's. Default: 100m and 256Mi less. */
  allocatableCpu: z.string().optional(),
  allocatableMemory: z.string().optional(),
  pods: z.number().int().min(1).max(10_000).default(110),
  controlPlane: z.boolean().default(false),
  labels: labels.default({}),
  unschedulable: z.boolean().default(false),
  taints: z
    .array(
      z.strictObject({
        key: z.string(),
        value: z.string().optional(),
        effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
      }),
    )
    .default([]),
  /** Conditions that are true beside Ready. */
  pressures: z.array(z.enum(["MemoryPressure", "DiskPressure", "PIDPressure"])).default([]),
  kubeletVersion: version.optional(),
  /**
   * What its kubelet makes of a resize. `unsupported`: too old, or its gate is off: the API refuses.
   * `ignored`: it never looks. `error`: the runtime fails each time.
   */
  resize: z.enum(["done", "unsupported", "ignored", "error"]).default("done"),
});
export type ScenarioNode = z.infer<typeof ScenarioNode>;

const ScenarioContainer = z.strictObject({
  name,
  image: z.string().min(1),
  requests: quantities.default({}),
  limits: quantities.default({}),
  resizePolicy: z
    .array(
      z.strictObject({
        resourceName: z.enum(["cpu", "memory"]),
        restartPolicy: z.enum(["NotRequired", "RestartContainer"]),
      }),
    )
    .optional(),
  /** What the container would use if nothing held it back; idle when absent. */
  load: ContainerLoad.optional(),
});

const ScenarioWorkload = z.strictObject({
  kind: z.enum(["Pod", "Deployment", "StatefulSet", "DaemonSet"]),
  namespace: name,
  name,
  replicas: z.number().int().min(0).max(10_000).default(1),
  /** On the workload itself. */
  labels: labels.default({}),
  /** On its pods; `app: <name>` selects them. */
  podLabels: labels.default({}),
  nodeSelector: labels.optional(),
  /** A claim per pod of a StatefulSet. */
  storage: z.string().optional(),
  containers: z.array(ScenarioContainer).min(1),
});
export type ScenarioWorkload = z.infer<typeof ScenarioWorkload>;

/** What is in the cluster when it starts. */
export const Scenario = z.strictObject({
  /** How long the cluster has been running when it starts, as `kubectl` shows in AGE. */
  ageSeconds: z.number().min(0).default(259_200),
  /** Of the API server, and of each node that has no other. */
  kubernetesVersion: version.default(latestVersion),
  nodes: z.array(ScenarioNode).min(1).max(1_000),
  namespaces: z.array(z.strictObject({ name, labels: labels.default({}) })).default([]),
  workloads: z.array(ScenarioWorkload).default([]),
  /** Objects of any served kind, as in a manifest. */
  objects: z.array(z.looseObject({ apiVersion: z.string(), kind: z.string() })).default([]),
});
export type Scenario = z.infer<typeof Scenario>;

/** A scenario from plain data. Throws one error that lists every fault. */
export function parseScenario(data: unknown): Scenario {
  const parsed = Scenario.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new Error(`invalid scenario\n${z.prettifyError(parsed.error)}`);
}

/** A scenario from a YAML or JSON file. Throws when it cannot be read or has faults. */
export function readScenario(file: string): Scenario {
  let data: unknown;
  try {
    data = parseYaml(readFileSync(file, "utf8"));
  } catch (cause) {
    // What follows the first line is the place, drawn.
    const why = cause instanceof Error ? cause.message.split("\n", 1)[0] : "unreadable";
    throw new Error(`cannot be read: ${why}`, { cause });
  }
  return parseScenario(data);
}
