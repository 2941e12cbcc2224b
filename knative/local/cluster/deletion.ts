import { toTime } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { at } from "./kube-object.ts";
import type { KubeObject } from "./kube-object.ts";
import { namespaces, nodes, pods } from "./resources.ts";
import type { Resource } from "./resource.ts";
import type { Store } from "./store.ts";
import { isFinished } from "./pod-resources.ts";
import type { Pod } from "./workload-types.ts";

export type Propagation = "Background" | "Foreground" | "Orphan";

type Options = { gracePeriodSeconds?: number; propagation?: Propagation };

const finalizersOf = (object: KubeObject): unknown[] => {
  const finalizers = object.metadata["finalizers"];
  return Array.isArray(finalizers) ? finalizers : [];
};

/**
 * Deletes an object as the API does: a pod on a node ends first (the kubelet removes it), an object
 * with finalizers waits for them, everything else goes at once. What it owned goes with it, or
 * loses its owner when orphaned. Answers the object as it was left.
 */
export function deleteObject(
  store: Store,
  clock: Clock,
  resource: Resource,
  object: KubeObject,
  { gracePeriodSeconds, propagation = "Background" }: Options = {},
): KubeObject {
  const { namespace, name } = object.metadata;
  if (propagation === "Orphan") orphan(store, object);
  const grace =
    gracePeriodSeconds ?? Number(at(object, "spec", "terminationGracePeriodSeconds") ?? 30);
  const ends =
    resource.storage === pods.storage &&
    (object as Pod).spec.nodeName !== undefined &&
    !isFinished(object as Pod) &&
    grace > 0;
  if (ends || finalizersOf(object).length > 0) {
    if (object.metadata.deletionTimestamp !== undefined) return object;
    return store.update(resource, {
      ...object,
      metadata: {
        ...object.metadata,
        deletionTimestamp: toTime(clock.nowMs() + (ends ? grace * 1000 : 0)),
        deletionGracePeriodSeconds: ends ? grace : 0,
      },
    });
  }
  const removed = store.remove(resource, namespace, name) ?? object;
  if (resource.storage === namespaces.storage) emptyNamespace(store, name);
  if (resource.storage === nodes.storage) emptyNode(store, name);
  return removed;
}

/** An object that only waited for its finalizers goes with the last of them. */
export function finishDeletion(store: Store, resource: Resource, object: KubeObject): void {
  if (object.metadata.deletionTimestamp === undefined || finalizersOf(object).length > 0) return;
  if (resource.storage === pods.storage && (object as Pod).spec.nodeName !== undefined) return;
  store.remove(resource, object.metadata.namespace, object.metadata.name);
}

/** Removes what the deleted object alone owned. */
export function collectGarbage(store: Store, clock: Clock, owner: KubeObject): void {
  for (const { resource, object } of store.dependents(owner.metadata.uid ?? "")) {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length > 1) {
      store.update(resource, withoutOwner(object, owner));
    } else deleteObject(store, clock, resource, object);
  }
}

const withoutOwner = (object: KubeObject, owner: KubeObject): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    ownerReferences: (object.metadata.ownerReferences ?? []).filter(
      ({ uid }) => uid !== owner.metadata.uid,
    ),
  },
});

function orphan(store: Store, owner: KubeObject): void {
  for (const { resource, object } of store.dependents(owner.metadata.uid ?? "")) {
    store.update(resource, withoutOwner(object, owner));
  }
}

/** As the pod garbage collector does it, at once: no kubelet is left to end them. */
function emptyNode(store: Store, node: string): void {
  for (const { metadata, spec } of store.objects(pods) as Pod[]) {
    if (spec.nodeName === node) store.remove(pods, metadata.namespace, metadata.name);
  }
}

function emptyNamespace(store: Store, namespace: string): void {
  for (const resource of store.kinds.all().filter(({ namespaced }) => namespaced)) {
    for (const { metadata } of store.objects(resource, namespace)) {
      store.remove(resource, namespace, metadata.name);
    }
  }
}
