import { SLOT_SECONDS } from "../sizing/slot-history.ts";
import { matchers, type Selection } from "./promql.ts";

/**
 * Who has the numbers: our recording rules (prometheus/rules/pod-load.yaml), or what kubelet's
 * cAdvisor exports, from which the same is worked out on each question.
 */
export type Origin = "rules" | "cadvisor";

/** The label of our own by which the parts of an answer are told. */
export const STAT = "vigie_stat";

/** Samples of the last hour: of what one minute is the finest that all clusters scrape. */
export const RECENT_STEP_SECONDS = 60;

/** Three scrapes of the slowest usual interval: with two, one that is late leaves a gap. */
const RATE_WINDOW = "3m";
const SLOT = `${SLOT_SECONDS}s`;

/** A restart between the last scrape of one slot and the first of the next is in neither alone. */
const SLOT_AND_BEFORE = `${SLOT_SECONDS + 120}s`;

/**
 * The highest and the mean CPU of each slot, in cpuMillis, of whichever pod had the most. A tenth
 * is finer than any request, and short numbers halve the answer.
 */
export function cpuHistory(selection: Selection, origin: Origin): string {
  const peak = `max_over_time(${cpu(selection, origin)}[${SLOT}${origin === "rules" ? "" : ":1m"}])`;
  const mean =
    origin === "rules"
      ? `avg_over_time(${cpu(selection, origin)}[${SLOT}])`
      : cpuRate(selection, SLOT);
  return parts([
    ["peak", `round(1000 * max by (container) (${peak}), 0.1)`],
    ["mean", `round(1000 * max by (container) (${mean}), 0.1)`],
  ]);
}

/**
 * The highest memory of each slot in bytes, and in the slots in which a container was killed for
 * want of memory: the limit it had. Restarts date the kill, the reason alone stays for days.
 */
export function memoryHistory(selection: Selection, origin: Origin): string {
  const at = matchers(selection);
  const memoryLimit = matchers(selection, 'resource="memory"');
  const killed = matchers(selection, 'reason="OOMKilled"');
  return parts([
    ["peak", `max by (container) (max_over_time(${memory(selection, origin)}[${SLOT}]))`],
    [
      "oom",
      `max by (container) (max by (pod, container) (min_over_time(kube_pod_container_resource_limits${memoryLimit}[${SLOT}]))` +
        ` and on (pod, container) max by (pod, container) (kube_pod_container_status_last_terminated_reason${killed}) == 1` +
        ` and on (pod, container) max by (pod, container) (increase(kube_pod_container_status_restarts_total${at}[${SLOT_AND_BEFORE}])) > 0)`,
    ],
  ]);
}

/** CPU in cpuMillis and memory in bytes, minute by minute. */
export function recentUsage(selection: Selection, origin: Origin): string {
  const used = cpu(selection, origin);
  const highest = origin === "rules" ? `max_over_time(${used}[${RECENT_STEP_SECONDS}s])` : used;
  return parts([
    ["cpu", `round(1000 * max by (container) (${highest}), 0.1)`],
    ["memory", `max by (container) (${memory(selection, origin)})`],
  ]);
}

function cpu(selection: Selection, origin: Origin): string {
  if (origin === "rules") return `namespace_pod_container:cpu_usage:cores${matchers(selection)}`;
  return cpuRate(selection, RATE_WINDOW);
}

/** Summed as the rules do: a series per core, or one after a restart of the container. */
function cpuRate(selection: Selection, window: string): string {
  const counter = `container_cpu_usage_seconds_total${matchers(selection)}`;
  return `sum by (pod, container) (rate(${counter}[${window}]))`;
}

function memory(selection: Selection, origin: Origin): string {
  const metric =
    origin === "rules"
      ? "namespace_pod_container:memory_usage:bytes"
      : "container_memory_working_set_bytes";
  return `${metric}${matchers(selection)}`;
}

/** Several answers in one, each with its name in a label. */
function parts(named: readonly (readonly [name: string, expression: string])[]): string {
  return named
    .map(([name, expression]) => `label_replace(${expression}, "${STAT}", "${name}", "", "")`)
    .join(" or ");
}
