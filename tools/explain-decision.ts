import { describeAlternative } from "../functions/resource-patch/describe.ts";
import type { Alternative, DecisionRecord } from "../shared/events/decided.ts";
import type { Settlement } from "../shared/events/settled.ts";
import { Criterion } from "../shared/policy-class.ts";
import { table } from "./table.ts";

/** A criterion's name at the head of its column. */
const HEADS: Readonly<Record<Criterion, string>> = {
  relief: "RELIEF",
  headroom: "HEADROOM",
  cost: "COST",
  disruption: "DISRUPTION",
  nodePressure: "NODE",
  timeToEffect: "TIME",
  churn: "CHURN",
  drift: "DRIFT",
};

/** A decision as a person reads it: what, why, what became of it, and all that was weighed. */
export function explainDecision(
  record: DecisionRecord,
  settlement: Pick<Settlement, "outcome" | "reason" | "at"> | null,
): string[] {
  const { inputs, policy, alternatives, chosen, outcome } = record;
  const { owner, pod, load, usage, surroundings } = inputs;
  const measured = load.percent === null ? load.band : `${load.percent} %, ${load.band}`;
  return [
    ...table([
      ["Decision:", record.id],
      ["At:", record.at],
      ["Workload:", `${owner.namespace}/${owner.kind}/${owner.name} (class ${inputs.slaClass})`],
      ["Pod:", pod.name],
      ["Load:", `${load.resource} ${measured}, observed ${load.observedAt}`],
      ["History:", describeUsage(usage)],
      ["Node:", describeNode(surroundings)],
      [
        "Strategy:",
        `${policy.strategy}, mode ${policy.class.mode}${policy.paused ? ", paused" : ""}`,
      ],
      ["Chosen:", [...new Set<string>([chosen, outcome])].join(", ")],
      ["Why:", record.reason],
      [
        "Settled:",
        settlement === null
          ? outcome === "act"
            ? "not yet, or no longer in the journal"
            : "nothing to carry out"
          : `${settlement.outcome} at ${settlement.at}: ${settlement.reason}`,
      ],
    ]),
    "",
    ...table([
      ["", "ACTION", "CLOSENESS", ...Criterion.options.map((name) => HEADS[name]), "WOULD"],
      ...alternatives.map((each) => row(each, chosen)),
      ["", "weight", "", ...Criterion.options.map((name) => String(policy.class.weights[name]))],
    ]),
    ...guardLines(alternatives),
  ];
}

function row(alternative: Alternative, chosen: string): string[] {
  const { action, guards, criteria, closeness } = alternative;
  const mark = action === chosen ? "*" : guards.length > 0 ? "x" : "";
  const what = action === "keep" ? "change nothing" : describeAlternative(alternative) || "nothing";
  return [
    mark,
    action,
    closeness.toFixed(3),
    ...Criterion.options.map((name) => criteria[name].toFixed(2)),
    what,
  ];
}

/** All that forbade something, each guard by its code. */
function guardLines(alternatives: readonly Alternative[]): string[] {
  const rows = alternatives.flatMap(({ action, guards }) =>
    guards.map(({ code, reason }) => [action, code, reason]),
  );
  return rows.length === 0 ? [] : ["", ...table([["FORBIDDEN", "BY", "BECAUSE"], ...rows])];
}

function describeUsage(usage: DecisionRecord["inputs"]["usage"]): string {
  if (usage === null) return "not asked for";
  if ("reason" in usage) return `none: ${usage.reason}`;
  const { source, historyHours, confidence } = usage;
  const enough = confidence.isEnough ? "enough" : "too little";
  return `${Math.round(historyHours)} h from ${source}, ${enough} to make anything smaller`;
}

function describeNode(surroundings: DecisionRecord["inputs"]["surroundings"]): string {
  const node = surroundings?.node ?? null;
  if (node === null) return "unknown";
  const { allocatable, requested } = node;
  const percent = (part: number, whole: number) =>
    `${Math.round((part / Math.max(1, whole)) * 100)} %`;
  const cpu = percent(requested.cpuMillis, allocatable.cpuMillis);
  const memory = percent(requested.memoryBytes, allocatable.memoryBytes);
  return `${node.name}: ${cpu} of its CPU and ${memory} of its memory requested`;
}
