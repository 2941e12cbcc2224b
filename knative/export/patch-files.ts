import { stringify } from "yaml";
import type { Owner } from "../../shared/events/load.ts";
import type { Workloads } from "./resized-pods.ts";
import { type ContainerSize, sizesOf } from "./workload-sizes.ts";

/** First line of every file: what has another is not ours to write over. */
export const MADE_BY =
  "# Made by npm run export: sizes that vigie has decided and the pods run with.";

export type Export = {
  /** Text by path in the folder. */
  files: ReadonlyMap<string, string>;
  /** Workloads that cannot be said this way, with the reason. */
  leftOut: readonly { owner: Owner; reason: string }[];
};

/** Where the pod is in each kind that kustomize merges by the names of containers. */
const TEMPLATES: ReadonlyMap<string, (podSpec: object) => object> = new Map([
  ["v1 Pod", (podSpec) => podSpec],
  ...["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].map(
    (kind): [string, (podSpec: object) => object] => [
      `apps/v1 ${kind}`,
      (podSpec) => ({ template: { spec: podSpec } }),
    ],
  ),
  ["batch/v1 CronJob", (podSpec) => ({ jobTemplate: { spec: { template: { spec: podSpec } } } })],
]);

/**
 * One kustomize component for each namespace, with one patch for each workload. A component does not
 * stand for itself: it is named in the `components` of whoever has the workloads.
 */
export function toExport(workloads: Workloads): Export {
  const files = new Map<string, string>();
  const leftOut: { owner: Owner; reason: string }[] = [];
  const patches = new Map<string, { path: string; target: object }[]>();
  const sorted = [...workloads.values()].toSorted((one, other) =>
    keyOf(one.owner) < keyOf(other.owner) ? -1 : 1,
  );
  for (const { owner, pods } of sorted) {
    const { apiVersion, kind, namespace, name } = owner;
    const template = TEMPLATES.get(`${apiVersion} ${kind}`);
    if (template === undefined) {
      leftOut.push({ owner, reason: reasonOf(kind) });
      continue;
    }
    const path = `${kind.toLowerCase()}-${name}.yaml`;
    const slash = apiVersion.indexOf("/");
    const group = slash < 0 ? {} : { group: apiVersion.slice(0, slash) };
    const target = { ...group, version: apiVersion.slice(slash + 1), kind, name };
    patches.set(namespace, [...(patches.get(namespace) ?? []), { path, target }]);
    // No namespace: an overlay may set it later, and a target that names one would not be found.
    const patch = {
      apiVersion,
      kind,
      metadata: { name },
      spec: template(podSpecOf(sizesOf(pods))),
    };
    files.set(`${namespace}/${path}`, write(patch));
  }
  for (const [namespace, all] of patches) {
    const component = {
      apiVersion: "kustomize.config.k8s.io/v1alpha1",
      kind: "Component",
      patches: all,
    };
    files.set(`${namespace}/kustomization.yaml`, write(component));
  }
  return { files, leftOut };
}

function keyOf({ namespace, kind, name }: Owner): string {
  return `${namespace}/${kind}/${name}`;
}

function reasonOf(kind: string): string {
  return kind === "Job"
    ? "the template of a Job cannot be changed"
    : `kustomize has no schema of a ${kind}, and would replace its containers instead of merging them`;
}

function podSpecOf(sizes: readonly ContainerSize[]): object {
  const of = (kind: ContainerSize["kind"]) =>
    sizes.filter((size) => size.kind === kind).map(({ name, resources }) => ({ name, resources }));
  const [containers, initContainers] = [of("container"), of("sidecar")];
  return {
    ...(containers.length === 0 ? {} : { containers }),
    ...(initContainers.length === 0 ? {} : { initContainers }),
  };
}

function write(object: object): string {
  return `${MADE_BY}\n${stringify(object, { lineWidth: 0 })}`;
}
