import type { Policy } from "./policy.ts";
import type { SlaClass } from "./policy-schema.ts";

export type Labels = Readonly<Record<string, string>>;

/** The label that gives a pod, workload or namespace its class. */
const SLA_LABEL = "vigie.dev/sla";

/** Whether nothing is ever done in this namespace. */
export function isProtected(
  namespace: string,
  { protectedNamespaces }: Pick<Policy, "protectedNamespaces">,
): boolean {
  return protectedNamespaces.some((pattern) =>
    pattern.endsWith("*") ? namespace.startsWith(pattern.slice(0, -1)) : namespace === pattern,
  );
}

/** Whether any of these sets of labels (of the pod, of its workload) opts in to resizing. */
export function isManaged(labelSets: readonly Labels[], { optIn }: Pick<Policy, "optIn">): boolean {
  return labelSets.some((labels) =>
    optIn.some(({ label, value }) => Object.hasOwn(labels, label) && labels[label] === value),
  );
}

/** The class of a pod: its own, else its workload's, else its namespace's, else the default. An unknown class counts as none. */
export function slaClassOf(
  labels: { podLabels?: Labels; workloadLabels?: Labels; namespaceLabels?: Labels },
  { defaultSlaClass, classes }: Pick<Policy, "defaultSlaClass" | "classes">,
): SlaClass {
  for (const set of [labels.podLabels, labels.workloadLabels, labels.namespaceLabels]) {
    const name = set !== undefined && Object.hasOwn(set, SLA_LABEL) ? set[SLA_LABEL] : undefined;
    if (name !== undefined && Object.hasOwn(classes, name)) return name as SlaClass;
  }
  return defaultSlaClass;
}
