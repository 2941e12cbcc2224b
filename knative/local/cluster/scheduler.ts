import { toTime } from "./clock.ts";
import type { Clock } from "./clock.ts";
import type { RecordEvent } from "./cluster-events.ts";
import { at, own, textOf } from "./kube-object.ts";
import type { NodeLedger } from "./node-ledger.ts";
import { amountOf, podRequest } from "./pod-resources.ts";
import { withCondition } from "./pod-status.ts";
import { parseQuantity } from "./quantity.ts";
import { nodes, pods } from "./resources.ts";
import type { Store } from "./store.ts";
import type { Node, Pod } from "./workload-types.ts";

type Parts = { store: Store; clock: Clock; record: RecordEvent; ledger: NodeLedger };

/** The key of the first taint that keeps new pods away and that the pod does not tolerate. */
function repelling(pod: Pod, node: Node): string | null {
  const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const text = (value: unknown, field: string): string => textOf(at(value, field));
  const tolerations = listOf(pod.spec["tolerations"]);
  const found = listOf(node.spec?.["taints"]).find(
    (taint) =>
      text(taint, "effect") !== "PreferNoSchedule" &&
      !tolerations.some(
        (toleration) =>
          ["", text(taint, "effect")].includes(text(toleration, "effect")) &&
          ["", text(taint, "key")].includes(text(toleration, "key")) &&
          (text(toleration, "operator") === "Exists" ||
            text(toleration, "value") === text(taint, "value")),
      ),
  );
  return found === undefined ? null : text(found, "key");
}

/** Why a node does not take a pod, in the scheduler's words; null when it does. */
function obstacle(pod: Pod, node: Node, ledger: NodeLedger): string | null {
  if (node.spec?.unschedulable === true) return "node(s) were unschedulable";
  const wants = Object.entries(pod.spec.nodeSelector ?? {});
  if (wants.some(([key, value]) => own(node.metadata.labels, key) !== value)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  const taint = repelling(pod, node);
  if (taint !== null) return `node(s) had untolerated taint(s) {${taint}}`;
  const used = ledger.used(node.metadata.name);
  const capacity = amountOf(node.status?.allocatable);
  const request = podRequest(pod);
  if (used.pods >= (parseQuantity(node.status?.allocatable?.["pods"]) ?? 110))
    return "Too many pods";
  if (used.cpuMillis + request.cpuMillis > capacity.cpuMillis) return "Insufficient cpu";
  if (used.memoryBytes + request.memoryBytes > capacity.memoryBytes) return "Insufficient memory";
  return null;
}

/** Binds a pod to the node with the largest share of CPU left, or says why there is none. */
export function schedulePod(pod: Pod, { store, clock, record, ledger }: Parts): boolean {
  const all = store.objects(nodes) as Node[];
  const reasons = new Map<string, number>();
  let best: { node: Node; freeRatio: number } | undefined;
  for (const node of all) {
    const reason = obstacle(pod, node, ledger);
    if (reason !== null) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      continue;
    }
    const { cpuMillis } = amountOf(node.status?.allocatable);
    const used = ledger.used(node.metadata.name);
    const freeRatio = (cpuMillis - used.cpuMillis) / Math.max(1, cpuMillis) - used.pods / 1000;
    if (best === undefined || freeRatio > best.freeRatio) best = { node, freeRatio };
  }
  if (best !== undefined) {
    const nodeName = best.node.metadata.name;
    const bound = store.update(pods, { ...pod, spec: { ...pod.spec, nodeName } }, true);
    const { namespace = "", name } = pod.metadata;
    record(
      bound,
      "Normal",
      "Scheduled",
      `Successfully assigned ${namespace}/${name} to ${nodeName}`,
      "default-scheduler",
    );
    return true;
  }
  const detail = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(", ");
  const message = `0/${all.length} nodes are available${detail === "" ? "" : `: ${detail}`}.`;
  const known = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (known?.message === message) return false;
  const written = store.update(pods, {
    ...pod,
    status: {
      ...pod.status,
      conditions: withCondition(pod.status?.conditions, {
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message,
        lastProbeTime: null,
        lastTransitionTime: toTime(clock.nowMs()),
      }),
    },
  });
  record(written, "Warning", "FailedScheduling", message, "default-scheduler");
  return false;
}
