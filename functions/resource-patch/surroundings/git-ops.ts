import type { Surroundings } from "../../../shared/events/surroundings.ts";

type GitOps = NonNullable<Surroundings["workload"]>["gitOps"];

export type Tracked = {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  managedFields?: readonly { manager?: string }[];
};

/** Field managers of the tools, for objects that carry no mark of theirs. */
const MANAGERS: ReadonlyMap<string, string> = new Map([
  ["argocd-controller", "Argo CD"],
  ["argocd-application-controller", "Argo CD"],
  ["kustomize-controller", "Flux"],
  ["helm-controller", "Flux"],
  ["helm", "Helm"],
]);

/** Who keeps the object as it is written elsewhere, and would undo a change of its spec. */
export function gitOpsOf({ labels = {}, annotations = {}, managedFields = [] }: Tracked): GitOps {
  const of = (record: Record<string, string>, key: string): string | undefined =>
    Object.hasOwn(record, key) ? record[key] : undefined;
  // https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
  const argo = of(annotations, "argocd.argoproj.io/tracking-id")?.split(":")[0];
  const instance = argo || of(labels, "argocd.argoproj.io/instance");
  if (instance) return { tool: "Argo CD", object: `Application ${instance}` };
  for (const [prefix, kind] of [
    ["kustomize.toolkit.fluxcd.io", "Kustomization"],
    ["helm.toolkit.fluxcd.io", "HelmRelease"],
  ] as const) {
    const name = of(labels, `${prefix}/name`);
    if (!name) continue;
    const namespace = of(labels, `${prefix}/namespace`);
    return { tool: "Flux", object: `${kind} ${namespace ? `${namespace}/` : ""}${name}` };
  }
  if (of(labels, "app.kubernetes.io/managed-by") === "Helm") {
    const release = of(annotations, "meta.helm.sh/release-name");
    return { tool: "Helm", object: release ? `release ${release}` : null };
  }
  for (const { manager = "" } of managedFields) {
    const tool = MANAGERS.get(manager);
    if (tool !== undefined) return { tool, object: null };
  }
  return null;
}
