import type { ControllerParts } from "./controller-parts.ts";
import { DaemonSetController } from "./daemon-set.ts";
import { collectGarbage } from "./deletion.ts";
import { DeploymentController, deploymentKind } from "./deployment.ts";
import { keyOf } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { KnativeServiceController } from "./knative-service.ts";
import { NamespaceAccounts } from "./namespace-accounts.ts";
import { isFinished } from "./pod-resources.ts";
import { ReplicaSetController } from "./replica-set.ts";
import {
  daemonSets,
  deployments,
  knativeServices,
  nodes,
  pods,
  replicaSets,
  resources,
  rollouts,
  services,
  statefulSets,
} from "./resources.ts";
import type { Resource } from "./resource.ts";
import { isRollout, rolloutKind } from "./rollout.ts";
import { EndpointsController } from "./service-endpoints.ts";
import { schedulePod } from "./scheduler.ts";
import { StatefulSetController } from "./stateful-set.ts";
import type { Change } from "./change-feed.ts";
import { VolumeClaimController } from "./volume-claims.ts";
import type { Pod, Workload } from "./workload-types.ts";

/** Changes are gathered this long before the controllers look, as informers do. */
const settleMs = 5;
/** A workload that cannot come to rest must not hold the process up. */
const maxPasses = 100_000;

/** The controllers of kube-controller-manager that pods need, and the scheduler, in one queue. */
export class Controllers {
  readonly #parts: ControllerParts;
  readonly #dirty = new Map<string, { resource: Resource; namespace: string; name: string }>();
  readonly #unscheduled = new Map<string, Pod>();
  readonly #reconcilers: ReadonlyMap<string, (object: Workload) => void>;
  readonly #accounts: NamespaceAccounts;
  readonly #claims: VolumeClaimController;
  readonly #endpoints: EndpointsController;
  #cancel: (() => void) | null = null;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.#endpoints = new EndpointsController(parts);
    const replicaSet = new ReplicaSetController(parts);
    const deployment = new DeploymentController(parts, deploymentKind);
    const rollout = new DeploymentController(parts, rolloutKind);
    const knativeService = new KnativeServiceController(parts);
    const statefulSet = new StatefulSetController(parts);
    const daemonSet = new DaemonSetController(parts);
    this.#reconcilers = new Map([
      [replicaSets.storage, (object: Workload) => replicaSet.reconcile(object)],
      [deployments.storage, (object: Workload) => deployment.reconcile(object)],
      [statefulSets.storage, (object: Workload) => statefulSet.reconcile(object)],
      [daemonSets.storage, (object: Workload) => daemonSet.reconcile(object)],
      [
        rollouts.storage,
        (object: Workload) => {
          if (isRollout(object)) rollout.reconcile(object);
        },
      ],
      [knativeServices.storage, (object: Workload) => knativeService.reconcile(object)],
      [services.storage, (object: Workload) => this.#endpoints.reconcile(object)],
    ]);
    this.#claims = new VolumeClaimController(parts);
    this.#accounts = new NamespaceAccounts(parts, (namespace) => this.#retryCreation(namespace));
    parts.store.subscribe((change) => this.#follow(change));
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#dirty.clear();
    this.#accounts.close();
    this.#claims.close();
  }

  /** Reconciles until nothing is left to do. */
  drain(): void {
    this.#cancel?.();
    this.#cancel = null;
    for (let pass = 0; pass < maxPasses; pass += 1) {
      const [next] = this.#dirty;
      if (next === undefined) {
        this.#accounts.drain();
        if (this.#dirty.size === 0) return;
        continue;
      }
      this.#dirty.delete(next[0]);
      this.#reconcile(next[1]);
    }
  }

  #reconcile({
    resource,
    namespace,
    name,
  }: {
    resource: Resource;
    namespace: string;
    name: string;
  }): void {
    const object = this.#parts.store.get(resource, namespace, name);
    if (object === undefined) return;
    if (resource.storage === pods.storage) {
      const pod = object as Pod;
      if (pod.spec.nodeName !== undefined || pod.metadata.deletionTimestamp !== undefined) return;
      if (!schedulePod(pod, this.#parts)) this.#unscheduled.set(keyOf(namespace, name), pod);
      return;
    }
    if (object.metadata.deletionTimestamp !== undefined) return;
    this.#reconcilers.get(resource.storage)?.(object as Workload);
  }

  #follow({ type, resource, object, previous }: Change): void {
    const { store, clock } = this.#parts;
    if (type === "DELETED") collectGarbage(store, clock, object);
    if (type === "DELETED" && resource.storage === services.storage) this.#endpoints.forget(object);
    if (resource.storage === pods.storage) this.#followPod(type, object as Pod, previous);
    else if (resource.storage === nodes.storage) {
      this.#retryUnscheduled();
      for (const set of store.objects(daemonSets)) this.#add(daemonSets, set);
    } else if (type !== "DELETED" && this.#reconcilers.has(resource.storage)) {
      this.#add(resource, object);
    }
    this.#addOwners(object);
    if (previous !== undefined) this.#addOwners(previous);
  }

  #followPod(type: Change["type"], pod: Pod, previous: KubeObject | undefined): void {
    const key = keyOf(pod.metadata.namespace, pod.metadata.name);
    if (type === "DELETED" || pod.spec.nodeName !== undefined) this.#unscheduled.delete(key);
    if (type === "ADDED" && pod.spec.nodeName === undefined && !isFinished(pod))
      this.#add(pods, pod);
    const freed = type === "DELETED" || (previous !== undefined && previous["spec"] !== pod.spec);
    if (freed) this.#retryUnscheduled();
    for (const service of this.#endpoints.concerned(pod, previous)) {
      this.#add(services, service);
    }
  }

  #retryUnscheduled(): void {
    for (const pod of this.#unscheduled.values()) this.#add(pods, pod);
    this.#unscheduled.clear();
  }

  /** What quotas and limits have refused may fit now. */
  #retryCreation(namespace: string): void {
    const { store } = this.#parts;
    for (const resource of [replicaSets, statefulSets, daemonSets]) {
      for (const object of store.objects(resource, namespace)) this.#add(resource, object);
    }
  }

  #addOwners({ kind, metadata }: KubeObject): void {
    // Between a Deployment and its Knative Service stand two that only name each other.
    const service = metadata.labels?.["serving.knative.dev/service"];
    if (kind === "Deployment" && service !== undefined) {
      const found = this.#parts.store.get(knativeServices, metadata.namespace, service);
      if (found !== undefined) this.#add(knativeServices, found);
    }
    for (const owner of metadata.ownerReferences ?? []) {
      if (owner.controller !== true) continue;
      const resource = resources.find(
        ({ kind, group, storage }) =>
          kind === owner.kind &&
          owner.apiVersion.startsWith(`${group}/`) &&
          this.#reconcilers.has(storage),
      );
      if (resource === undefined) continue;
      const object = this.#parts.store.get(resource, metadata.namespace, owner.name);
      if (object !== undefined) this.#add(resource, object);
    }
  }

  #add(resource: Resource, { metadata }: KubeObject): void {
    const { namespace = "", name } = metadata;
    this.#dirty.set(`${resource.storage}|${keyOf(namespace, name)}`, { resource, namespace, name });
    this.#cancel ??= this.#parts.clock.after(settleMs, () => this.drain());
  }
}
