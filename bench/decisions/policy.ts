import { ChangeLog } from "../../functions/resource-patch/sizing/change-log.ts";
import { SIZING_DEFAULTS, SizingSettings } from "../../functions/resource-patch/sizing/settings.ts";
import { sizeFromHistory } from "../../functions/resource-patch/sizing/size.ts";
import { UsageRecord } from "../../functions/resource-patch/sizing/usage-record.ts";
import { SlaClass } from "../../shared/policy-schema.ts";

/** What the replay tells at the start: the step is in seconds. */
export type Replay = { step: number; hasMemory: boolean };

/** One step: seconds, cores and bytes, as they were in force while it lasted. */
export type Observation = {
  t: number;
  cpu: number;
  mem: number | null;
  oom: boolean;
  inForce: { cpu: number; mem: number; cpuLimit: number; memLimit: number };
};

const MILLIS_PER_CORE = 1000;
const BYTES_PER_MEBIBYTE = 1024 * 1024;

/** A large machine: what a replayed workload may get is bounded by its trace alone. */
const CPU_BOUNDS = { min: 1, max: 1_000_000, step: 1 };
const MEMORY_BOUNDS = { min: 4 * BYTES_PER_MEBIBYTE, max: 2 ** 46, step: BYTES_PER_MEBIBYTE };

/**
 * The product's sizing as a policy of the replay. It has no rule of its own: it turns cores into
 * cpuMillis and remembers what was changed, which in a cluster is read from the pod. SLA_CLASS in
 * the environment takes another class than silver, the default of the policy.
 */
export function create({ step, hasMemory }: Replay, settings?: SizingSettings) {
  const slaClass = SlaClass.parse(process.env["SLA_CLASS"] ?? "silver");
  const rules = SizingSettings.parse(settings ?? SIZING_DEFAULTS[slaClass]);
  const record = new UsageRecord(step);
  const changes = new ChangeLog();
  return { observe };

  function observe({
    t,
    cpu,
    mem,
    oom,
    inForce,
  }: Observation): { cpu: number; mem: number } | null {
    record.observe({
      atSeconds: t,
      cpuMillis: cpu * MILLIS_PER_CORE,
      memoryBytes: hasMemory ? mem : null,
      oomLimitBytes: oom ? inForce.memLimit : null,
    });
    const nowSeconds = t + step;
    const requestMillis = inForce.cpu * MILLIS_PER_CORE;
    const container = {
      cpu: { requestMillis, limitMillis: inForce.cpuLimit * MILLIS_PER_CORE, bounds: CPU_BOUNDS },
      memory: hasMemory ? { requestBytes: inForce.mem, bounds: MEMORY_BOUNDS } : null,
    };
    const advice = sizeFromHistory(record, container, changes, nowSeconds, rules);
    const changed = {
      cpu: advice.cpu.kind !== "keep",
      memory: advice.memory !== null && advice.memory.kind !== "keep",
    };
    if (!changed.cpu && !changed.memory) return null;
    changes.record({ atSeconds: nowSeconds, ...changed });
    return {
      cpu: changed.cpu ? advice.cpu.amount / MILLIS_PER_CORE : inForce.cpu,
      mem: advice.memory?.amount ?? inForce.mem,
    };
  }
}
