import type { KubeClient } from "../../shared/kube/client.ts";
import type { ObjectMetadata } from "../../shared/kube/list.ts";
import type { Labels } from "../../shared/opt-in.ts";
import type { Scope } from "./contract.ts";
import { type Collection, listScoped, type ScanOptions } from "./scan.ts";

/** A workload with what its pods told. */
export type Workload = {
  kind: string;
  namespace: string;
  name: string;
  pods: number;
  /** Of a pod that has opted in, else of the first pod seen. */
  podLabels: Labels;
  /** Empty for a bare pod, and for a kind that we do not list. */
  workloadLabels: Labels;
};

/** Kinds whose labels, and owners, we read. Others are workloads by name only. */
const COLLECTIONS: ReadonlyMap<string, Collection> = new Map([
  ["ReplicaSet", { group: "apis/apps/v1", plural: "replicasets" }],
  ["Deployment", { group: "apis/apps/v1", plural: "deployments" }],
  ["StatefulSet", { group: "apis/apps/v1", plural: "statefulsets" }],
  ["DaemonSet", { group: "apis/apps/v1", plural: "daemonsets" }],
  ["Job", { group: "apis/batch/v1", plural: "jobs" }],
  ["CronJob", { group: "apis/batch/v1", plural: "cronjobs" }],
]);

/**
 * Sums pods up by workload: memory grows with the workloads, not with their pods. `isManaged`
 * tells whether a pod has opted in by its own labels; a bare pod that has not is no workload.
 */
export class WorkloadTally {
  readonly #workloads = new Map<string, Workload>();
  readonly #isManaged: (labels: Labels) => boolean;

  constructor(isManaged: (labels: Labels) => boolean) {
    this.#isManaged = isManaged;
  }

  addPod(pod: ObjectMetadata): void {
    const { namespace = "", labels = {} } = pod;
    const owner = controllerOf(pod);
    if (owner === undefined && !this.#isManaged(labels)) return;
    const { kind, name } = owner ?? { kind: "Pod", name: pod.name };
    this.#add({ kind, namespace, name, pods: 1, podLabels: labels, workloadLabels: {} });
  }

  /** Climbs from ReplicaSets to Deployments and from Jobs to CronJobs, and reads their labels. */
  async resolve(
    kube: KubeClient,
    namespaces: readonly string[],
    options: ScanOptions,
  ): Promise<readonly Workload[]> {
    const scope: Scope = { namespaces };
    await Promise.all(
      ["ReplicaSet", "StatefulSet", "DaemonSet", "Job"].map((kind) =>
        this.#resolveKind(kube, kind, scope, options),
      ),
    );
    await Promise.all(
      ["Deployment", "CronJob"].map((kind) => this.#resolveKind(kube, kind, scope, options)),
    );
    return [...this.#workloads.values()];
  }

  async #resolveKind(
    kube: KubeClient,
    kind: string,
    scope: Scope,
    options: ScanOptions,
  ): Promise<void> {
    const collection = COLLECTIONS.get(kind);
    const isNeeded = [...this.#workloads.values()].some((workload) => workload.kind === kind);
    if (collection === undefined || !isNeeded) return;
    for await (const page of listScoped(kube, collection, scope, options)) {
      for (const object of page) {
        const key = keyOf({ kind, namespace: object.namespace ?? "", name: object.name });
        const workload = this.#workloads.get(key);
        if (workload === undefined) continue;
        const owner = controllerOf(object);
        if (owner === undefined) {
          workload.workloadLabels = object.labels ?? {};
        } else {
          this.#workloads.delete(key);
          this.#add({ ...workload, kind: owner.kind, name: owner.name });
        }
      }
    }
  }

  #add(added: Workload): void {
    const key = keyOf(added);
    const known = this.#workloads.get(key);
    if (known === undefined) {
      this.#workloads.set(key, added);
      return;
    }
    known.pods += added.pods;
    if (!this.#isManaged(known.podLabels) && this.#isManaged(added.podLabels)) {
      known.podLabels = added.podLabels;
    }
  }
}

function controllerOf(object: ObjectMetadata): { kind: string; name: string } | undefined {
  return object.ownerReferences?.find(({ controller }) => controller === true);
}

function keyOf({ kind, namespace, name }: { kind: string; namespace: string; name: string }) {
  return `${kind}/${namespace}/${name}`;
}
