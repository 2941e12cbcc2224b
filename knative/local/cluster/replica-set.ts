import { withDefaultsOf } from "./defaults.ts";
import type { ControllerParts } from "./controller-parts.ts";
import { deleteObject } from "./deletion.ts";
import type { KubeObject, ObjectMeta } from "./kube-object.ts";
import { podSuffix } from "./object-names.ts";
import { createPod } from "./pod-admission.ts";
import { isFinished } from "./pod-resources.ts";
import { isReady } from "./pod-status.ts";
import { pods, replicaSets } from "./resources.ts";
import type { Resource } from "./resource.ts";
import { matchesLabels, requirementsOf } from "./selectors.ts";
import type { Pod, PodTemplate, Workload } from "./workload-types.ts";
import { isTerminating, readyCount } from "./workload-status.ts";

/** Pods made or removed in one pass; the rest follow in the next. */
const burst = 500;

/** A pod of `template` that `owner` controls. */
export function podOf(
  owner: KubeObject,
  template: PodTemplate,
  meta: Partial<ObjectMeta> & { name: string },
): KubeObject {
  return withDefaultsOf(
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
        ...(template.metadata?.annotations === undefined
          ? {}
          : { annotations: template.metadata.annotations }),
        ...meta,
        labels: { ...template.metadata?.labels, ...meta.labels },
        ownerReferences: [controllerReference(owner)],
      },
      spec: structuredClone(template.spec),
    },
    pods,
  );
}

export const controllerReference = (owner: KubeObject) => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? "",
  controller: true,
  blockOwnerDeletion: true,
});

/** The pods `owner` controls that have not ended; those on their way out are in it. */
export const podsOf = ({ store }: ControllerParts, owner: KubeObject): Pod[] =>
  store
    .dependents(owner.metadata.uid ?? "")
    .filter(({ resource }) => resource.storage === pods.storage)
    .map(({ object }) => object as Pod)
    .filter((pod) => !isFinished(pod));

/** Writes a workload's status when it differs. */
export function writeStatus(
  { store }: ControllerParts,
  resource: Resource,
  object: Workload,
  status: Record<string, unknown>,
): void {
  const current = store.get(resource, object.metadata.namespace, object.metadata.name);
  if (current === undefined) return;
  store.update(resource, {
    ...current,
    status: { ...status, observedGeneration: current.metadata.generation },
  });
}

/** Keeps as many pods as the ReplicaSet says; a pod whose labels no longer match is let go. */
export class ReplicaSetController {
  readonly #parts: ControllerParts;
  readonly #numbers = new Map<string, number>();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
  }

  reconcile(set: Workload): void {
    const { store, clock, record } = this.#parts;
    const requirements = requirementsOf(set.spec.selector) ?? [];
    const owned = podsOf(this.#parts, set).filter((pod) => {
      if (matchesLabels(pod.metadata.labels, requirements)) return true;
      const ownerReferences = (pod.metadata.ownerReferences ?? []).filter(
        ({ uid }) => uid !== set.metadata.uid,
      );
      store.update(pods, { ...pod, metadata: { ...pod.metadata, ownerReferences } });
      return false;
    });
    const active = owned.filter((pod) => !isTerminating(pod));
    const wanted = set.spec.replicas ?? 1;
    for (let made = active.length; made < Math.min(wanted, active.length + burst); made += 1) {
      const pod = createPod(
        this.#parts,
        set,
        "replicaset-controller",
        podOf(set, set.spec.template, { name: this.#nextName(set) }),
      );
      if (pod === null) break;
      record(
        set,
        "Normal",
        "SuccessfulCreate",
        `Created pod: ${pod.metadata.name}`,
        "replicaset-controller",
      );
    }
    const surplus = active.toSorted(byDispensability).slice(0, Math.max(0, active.length - wanted));
    for (const pod of surplus) {
      deleteObject(store, clock, pods, pod);
      record(
        set,
        "Normal",
        "SuccessfulDelete",
        `Deleted pod: ${pod.metadata.name}`,
        "replicaset-controller",
      );
    }
    const now = podsOf(this.#parts, set).filter((pod) => !isTerminating(pod));
    const ready = readyCount(now);
    writeStatus(this.#parts, replicaSets, set, {
      replicas: now.length,
      fullyLabeledReplicas: now.length,
      readyReplicas: ready,
      availableReplicas: ready,
    });
  }

  #nextName(set: Workload): string {
    const { namespace = "", name, uid = "" } = set.metadata;
    for (;;) {
      const number = this.#numbers.get(uid) ?? 0;
      this.#numbers.set(uid, number + 1);
      const candidate = `${name}-${podSuffix(`${namespace}/${name}`, number)}`;
      if (this.#parts.store.get(pods, namespace, candidate) === undefined) return candidate;
    }
  }
}

/** Not scheduled first, then not ready, then the youngest. */
function byDispensability(left: Pod, right: Pod): number {
  const rank = (pod: Pod): number => (pod.spec.nodeName === undefined ? 0 : isReady(pod) ? 2 : 1);
  if (rank(left) !== rank(right)) return rank(left) - rank(right);
  return Number(right.metadata.resourceVersion) - Number(left.metadata.resourceVersion);
}
