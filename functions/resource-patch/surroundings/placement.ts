import type { V1Node, V1Pod, V1Taint } from "@kubernetes/client-node";
import { labelOf, meets } from "../../../shared/kube/label-selector.ts";

type Labels = Readonly<Record<string, string>>;
type PodSpec = V1Pod["spec"];

/**
 * Whether the scheduler may put a pod like this on the node: not cordoned, ready, no taint that it
 * does not tolerate, and its node selector and required node affinity fit. Room is another question;
 * spreading, pod affinity and volumes bound to a zone are not looked at.
 */
export function mayRunOn(spec: PodSpec, { metadata, spec: node, status }: V1Node): boolean {
  const labels = metadata?.labels ?? {};
  const isReady = (status?.conditions ?? []).some(
    (condition) => condition.type === "Ready" && condition.status === "True",
  );
  return (
    isReady &&
    node?.unschedulable !== true &&
    (node?.taints ?? []).every((taint) => !isRepelled(spec, taint)) &&
    Object.entries(spec?.nodeSelector ?? {}).every(
      ([key, value]) => labelOf(labels, key) === value,
    ) &&
    fitsAffinity(spec, labels, metadata?.name ?? "")
  );
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function isRepelled(spec: PodSpec, taint: V1Taint): boolean {
  if (taint.effect === "PreferNoSchedule") return false;
  return !(spec?.tolerations ?? []).some(
    ({ key = "", operator = "Equal", value = "", effect = "" }) =>
      (effect === "" || effect === taint.effect) &&
      (key === "" ? operator === "Exists" : key === taint.key) &&
      (operator === "Exists" || value === (taint.value ?? "")),
  );
}

/** Any of the terms must hold, of a term every line. */
function fitsAffinity(spec: PodSpec, labels: Labels, name: string): boolean {
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (required === undefined) return true;
  return required.nodeSelectorTerms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false;
    return (
      matchExpressions.every((line) => meets(labelOf(labels, line.key), line)) &&
      // The only field that may be named.
      matchFields.every((line) => meets(line.key === "metadata.name" ? name : undefined, line))
    );
  });
}
