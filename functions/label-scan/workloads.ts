import type { KubeClient } from "../../shared/kube/client.ts";
import { KubeError } from "../../shared/kube/error.ts";
import type { ObjectMetadata } from "../../shared/kube/list.ts";
import { isManaged, isProtected, type Labels } from "../../shared/opt-in.ts";
import type { Policy } from "../../shared/policy.ts";
import type { Scope } from "./contract.ts";
import { listScoped, type ScanOptions } from "./scan.ts";
import { LEVELS, type WorkloadKind } from "./workload-kinds.ts";

/** A workload with what its pods told. */
export type Workload = {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  /** 0 for one that sleeps. */
  pods: number;
  /** Of a pod that has opted in, else of the first pod seen. */
  podLabels: Labels;
  /** Empty for a bare pod, and for a kind that we do not list. */
  workloadLabels: Labels;
};

/**
 * Sums pods up by workload: memory grows with the workloads, not with their pods. What is in a
 * protected namespace is none.
 */
export class WorkloadTally {
  readonly #workloads = new Map<string, Workload>();
  readonly #policy: Pick<Policy, "optIn" | "protectedNamespaces">;

  constructor(policy: Pick<Policy, "optIn" | "protectedNamespaces">) {
    this.#policy = policy;
  }

  /**
   * A bare pod is a workload by itself, which nobody adds to: it is answered and not kept. null for
   * one that has not opted in, and for every pod that is summed up.
   */
  addPod(pod: ObjectMetadata): Workload | null {
    const { namespace = "", name, labels = {} } = pod;
    if (isProtected(namespace, this.#policy)) return null;
    const owner = controllerOf(pod);
    const rest = { namespace, pods: 1, podLabels: labels, workloadLabels: {} };
    if (owner !== undefined) {
      this.#add({ ...rest, apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name });
      return null;
    }
    if (!this.#isManaged(labels)) return null;
    return { ...rest, apiVersion: "v1", kind: "Pod", name };
  }

  /**
   * Climbs from ReplicaSets to Deployments and Rollouts, from Jobs to CronJobs, from Deployments to
   * Knative Services, and reads their labels. Where no selector asks for certain pods, those that
   * have opted in and have no pod now are found as well.
   * @returns those that have opted in, themselves or by a pod.
   */
  async resolve(
    kube: KubeClient,
    scope: Scope,
    options: ScanOptions,
  ): Promise<readonly Workload[]> {
    const within: Scope = { namespaces: scope.namespaces };
    for (const level of LEVELS) {
      const needed = level.filter(
        (kind) => (kind.isTop && scope.selector === undefined) || this.#occurs(kind),
      );
      await Promise.all(
        needed.map((kind) => this.#resolveKind(kube, kind, { within, scope }, options)),
      );
    }
    return [...this.#workloads.values()].filter(
      ({ podLabels, workloadLabels }) =>
        this.#isManaged(podLabels) || this.#isManaged(workloadLabels),
    );
  }

  async #resolveKind(
    kube: KubeClient,
    { apiVersion, kind, collection, isTop, isOptional }: WorkloadKind,
    { within, scope }: { within: Scope; scope: Scope },
    options: ScanOptions,
  ): Promise<void> {
    try {
      for await (const page of listScoped(kube, collection, within, options)) {
        for (const object of page) {
          const { namespace = "", name, labels = {} } = object;
          const idle = { apiVersion, kind, namespace, name, pods: 0, podLabels: {} };
          const key = keyOf(idle);
          const workload = this.#workloads.get(key);
          const owner = controllerOf(object);
          if (workload === undefined) {
            const isSought = isTop && scope.selector === undefined && owner === undefined;
            if (!isSought || isProtected(namespace, this.#policy)) continue;
            if (this.#isManaged(labels)) this.#add({ ...idle, workloadLabels: labels });
          } else if (owner === undefined) {
            workload.workloadLabels = labels;
          } else {
            this.#workloads.delete(key);
            const { apiVersion: ownerVersion, kind: ownerKind, name: ownerName } = owner;
            this.#add({ ...workload, apiVersion: ownerVersion, kind: ownerKind, name: ownerName });
          }
        }
      }
    } catch (error) {
      // The cluster has no such kind.
      if (isOptional && error instanceof KubeError && error.httpStatus === 404) return;
      throw error;
    }
  }

  #occurs({ apiVersion, kind }: WorkloadKind): boolean {
    for (const workload of this.#workloads.values()) {
      if (workload.kind === kind && workload.apiVersion === apiVersion) return true;
    }
    return false;
  }

  #isManaged(labels: Labels): boolean {
    return isManaged([labels], this.#policy);
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

function controllerOf(object: ObjectMetadata) {
  return object.ownerReferences?.find(({ controller }) => controller === true);
}

function keyOf({
  apiVersion,
  kind,
  namespace,
  name,
}: Omit<Workload, "pods" | "podLabels" | "workloadLabels">) {
  return `${apiVersion}/${kind}/${namespace}/${name}`;
}
