import { counted } from "../shared/counted.ts";
import type { ClassPolicy } from "../shared/policy-class.ts";
import type { Policy } from "../shared/policy.ts";
import { rulesFor } from "../shared/policy-rules.ts";
import { SlaClass } from "../shared/policy-schema.ts";
import { table } from "./table.ts";

/** What a policy comes to: what holds for all, a row for each class, and what cannot be done yet. */
export function summarizePolicy(policy: Policy): string[] {
  const { bands, preset, optIn, strategy, paused, changesPerHour, defaultSlaClass } = policy;
  const optIns = optIn.map(({ label, value }) => `${label}=${value}`).join(" or ") || "nobody";
  return [
    `strategy ${strategy}${paused ? ", PAUSED" : ""}, at most ${counted(changesPerHour, "change")} an hour`,
    `bands ${bands.moderatePercent} %, ${bands.highPercent} % (hysteresis ${bands.hysteresisPercent}), labels of preset ${preset}`,
    `opted in by ${optIns}; class ${defaultSlaClass} unless told otherwise`,
    `protected: ${policy.protectedNamespaces.join(", ") || "no namespace"}`,
    "",
    ...table([
      ["CLASS", "MODE", "ACTIONS", "CPU", "MEMORY", "COOL-DOWN", "CHANGES", "WINDOWS"],
      ...SlaClass.options.map((name) => row(name, policy.classes[name])),
    ]),
    ...notesOf(policy),
  ];
}

function row(name: string, each: ClassPolicy): string[] {
  const { mode, allowedActions, cpu, memory, budget, windows } = each;
  const percent = (ratio: number) => `${Math.round(ratio * 100)} %`;
  return [
    name,
    mode,
    allowedActions.join(",") || "none",
    `${percent(cpu.targetUtilizationRatio)} of ${cpu.minMillis}m-${cpu.maxMillis}m`,
    `${percent(memory.targetUtilizationRatio)} of ${memory.minMebibytes}Mi-${memory.maxMebibytes}Mi`,
    `${each.cooldownUpSeconds}s up, ${each.cooldownDownSeconds}s down`,
    `${budget.perHour}/h, ${budget.perDay}/d`,
    windows.length === 0 ? "always" : String(windows.length),
  ];
}

/** What the policy allows, and this version does not do. */
function notesOf(policy: Policy): string[] {
  return SlaClass.options.flatMap((name) => {
    const { mode, allowedActions } = policy.classes[name];
    const { actions, canAskApproval } = rulesFor(policy, name).built;
    const missing = allowedActions.filter((action) => !actions.includes(action));
    return [
      ...(missing.length === 0
        ? []
        : [`note: ${name}: this version only weighs ${missing.join(", ")}`]),
      ...(mode === "approve" && !canAskApproval
        ? [`note: ${name}: mode approve is not built in this version: nothing is done`]
        : []),
    ];
  });
}
