import { DEFAULT_POLICY } from "./policy-default.ts";
import type { ClassPolicy } from "./policy-class.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * A policy in today's words: what files of before do not name gets its default, by class, and
 * `cooldownSeconds`, which was for both directions, becomes both. Of what is wrong nothing is
 * hidden: it is handed on as it is, for the schema to name.
 */
export function upgradePolicy(given: unknown): unknown {
  if (!isFields(given)) return given;
  const { paused, changesPerHour } = DEFAULT_POLICY;
  return { paused, changesPerHour, ...given, classes: upgradeClasses(given["classes"]) };
}

function upgradeClasses(given: unknown): unknown {
  if (!isFields(given)) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, each]) => {
      const defaults = Object.entries(DEFAULT_POLICY.classes).find(([known]) => known === name);
      return [name, defaults === undefined ? each : upgradeClass(each, defaults[1])];
    }),
  );
}

function upgradeClass(given: unknown, defaults: ClassPolicy): unknown {
  if (!isFields(given)) return given;
  const { cooldownSeconds, ...fields } = given;
  const { mode: _, cpu, memory, ...added } = defaults;
  return {
    ...added,
    ...(cooldownSeconds === undefined
      ? {}
      : { cooldownUpSeconds: cooldownSeconds, cooldownDownSeconds: cooldownSeconds }),
    ...fields,
    cpu: isFields(fields["cpu"])
      ? { maxStepDownRatio: cpu.maxStepDownRatio, limits: cpu.limits, ...fields["cpu"] }
      : fields["cpu"],
    memory: isFields(fields["memory"])
      ? {
          maxStepDownRatio: memory.maxStepDownRatio,
          limits: memory.limits,
          canShrink: memory.canShrink,
          ...fields["memory"],
        }
      : fields["memory"],
  };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
